#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lib/base/deadline.hpp"
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

/// LISTENs to channels on a thread and a connection of its own; connects again after any loss. The connection
/// must be direct: behind a transaction-pooling pgBouncer there is no session that could listen.
class PostgresListener {
 public:
  struct Callbacks {
    std::function<void(std::string_view channel, std::string_view payload)> notified;
    /// True once the server has confirmed; false when the connection was lost, so that what is known only
    /// through notifications is not trusted. Both on the listener's thread.
    std::function<void(bool)> listening;
  };
  PostgresListener(std::string dsn, std::vector<std::string> channels, Callbacks callbacks);
  ~PostgresListener();
  PostgresListener(const PostgresListener&) = delete;
  PostgresListener& operator=(const PostgresListener&) = delete;

 private:
  void run(const StopToken& stop);
  void listen(const StopToken& stop);
  std::string dsn_;
  std::vector<std::string> channels_;
  Callbacks callbacks_;
  std::jthread thread_;
};

/// The text of a PostgreSQL array literal: {"a","b"}.
std::string postgres_array(std::span<const std::string> items);

}  // namespace dpctl::io
