#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/bar.hpp"
#include "pipeline-services/core/tick.hpp"
#include "pipeline-services/io/clickhouse.hpp"

namespace dpctl::pipeline {

/// Which rows: event times in [from, to), and what is not empty must be equal, or one of several.
struct StoredRange {
  Micros from = 0, to = 0;
  std::string tenant{}, market{};
  std::vector<std::string> instruments{};
  std::uint32_t buckets = 1, bucket = 0;  ///< of the instruments by hash; one bucket is one answer in memory
};

/// How many ticks the range holds, versions not yet merged included.
Result<std::uint64_t> count_ticks(io::ClickHouse& store, const StoredRange& range);

/// Ticks as the store had them; strings are views into the answer.
struct StoredTicks {
  std::string answer;
  std::vector<EnrichedTick> ticks;
};

/// The newest version of each tick, ordered by series and time. Memory: about 300 bytes a tick.
Result<std::shared_ptr<const StoredTicks>> read_ticks(io::ClickHouse& store, const StoredRange& range);

/// The newest version of each bar whose window lies inside the range.
Result<void> read_bars(io::ClickHouse& store, Interval interval, const StoredRange& range,
                       const std::function<Result<void>(std::span<const Bar>)>& use);

}  // namespace dpctl::pipeline
