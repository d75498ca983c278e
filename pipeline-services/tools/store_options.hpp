#pragma once

#include <string>

#include "lib/base/result.hpp"
#include "pipeline-services/stored/stored.hpp"

namespace CLI {
class App;
}

namespace dpctl::pipeline {

/// The flags of verbs that read a range from ClickHouse.
struct StoreOptions {
  io::ClickHouseOptions clickhouse{};
  std::string from, to, tenant, instrument, market;

  void declare_server(CLI::App& app);
  void declare_range(CLI::App& app);
  /// Code::usage when a time cannot be read or the range is empty. Times without a zone are UTC.
  [[nodiscard]] Result<StoredRange> range() const;
};

}  // namespace dpctl::pipeline
