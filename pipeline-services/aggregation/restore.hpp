#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/stored/stored.hpp"

namespace dpctl::runtime {

/// Ticks of one series and one local day, as the store has them, and the ones that came too late for memory.
struct Restored {
  std::int32_t partition = 0;
  std::int64_t offset = 0;  ///< of the newest correction
  std::span<const pipeline::EnrichedTick> stored, changed;
};

/// Corrections and backfills that are older than the lateness limit: collects them, and reads what their bars
/// are made of from ClickHouse.
///
/// The correction itself need not be stored yet: it is handed on beside what is.
class Restorer {
 public:
  explicit Restorer(io::ClickHouseOptions options) : store_(std::move(options)) {}

  /// Remembers an enriched message. Messages that cannot be decoded were refused before.
  void want(std::int32_t partition, std::int64_t offset, std::string_view message);
  /// Reads the ticks of each series and day that has corrections, and forgets the corrections that `use` has
  /// taken. Blocks on ClickHouse; the error is its own and the rest can be tried again.
  Result<void> each(const std::function<Result<void>(const Restored&)>& use);

 private:
  struct Day {
    pipeline::Micros end = 0;
    std::int64_t offset = 0;
    std::string tenant, instrument;
    std::vector<std::string> messages;
  };
  using Key = std::tuple<std::int32_t, std::string, pipeline::Micros>;  ///< partition, series, day's start

  io::ClickHouse store_;
  pipeline::Decoder decoder_;
  pipeline::Arena scratch_;
  std::map<Key, Day> days_;
};

}  // namespace dpctl::runtime
