#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::io {

struct ClickHouseOptions {
  std::string url = "http://127.0.0.1:8123";
  std::string user = "default";
  std::string password{};
  std::string database = "data_processing";
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds timeout{30'000};
};

/// ClickHouse over HTTP, one connection that is kept. One thread at a time. An error carries the server's
/// code and message; `retryable` when the same request may succeed later (no answer, overload, too many
/// parts).
class ClickHouse {
 public:
  explicit ClickHouse(ClickHouseOptions options);
  ~ClickHouse();
  ClickHouse(ClickHouse&&) noexcept;
  ClickHouse& operator=(ClickHouse&&) noexcept;

  /// Inserts a block in Native form (RowBlock::encode) and returns when it is stored. `columns`: the block's
  /// column list. `token`: two inserts with one token into one table are stored once, so it must name the
  /// content (a hash of the rows), never a counter that can restart.
  Result<void> insert(std::string_view table, std::string_view columns, std::string_view native,
                      std::string_view token);
  /// Runs a query; `{name:Type}` in it is replaced by the server from `parameters`. Returns the answer's
  /// body.
  Result<std::string> query(std::string_view sql,
                            const std::vector<std::pair<std::string, std::string>>& parameters = {});
  /// GET /ping.
  Result<void> ping();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::io
