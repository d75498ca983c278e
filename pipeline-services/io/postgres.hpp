#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::io {

struct PostgresOptions {
  std::string dsn;  ///< "postgresql://user:password@host:5432/db" or "host=… dbname=…"
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds timeout{10'000};
};

using PostgresRow = std::vector<std::optional<std::string>>;

/// PostgreSQL, directly or through a transaction-pooling pgBouncer: unnamed statements only, nothing that a
/// session would have to remember. Connects when first needed and again after an error. One thread at a time.
class Postgres {
 public:
  explicit Postgres(PostgresOptions options);
  ~Postgres();
  Postgres(Postgres&&) noexcept;
  Postgres& operator=(Postgres&&) noexcept;

  /// One statement with $1, $2, … as text. Gives up at the timeout and drops the connection.
  Result<std::vector<PostgresRow>> query(const std::string& sql,
                                         std::span<const std::string> parameters = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The text of a PostgreSQL array literal: {"a","b"}.
std::string postgres_array(std::span<const std::string> items);

}  // namespace dpctl::io
