#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "lib/base/result.hpp"
#include "pipeline-services/core/bar.hpp"
#include "pipeline-services/core/tick.hpp"
#include "pipeline-services/io/clickhouse.hpp"

namespace dpctl::pipeline {

/// Which rows: event times in [from, to), and what is not empty must be equal.
struct StoredRange {
  Micros from = 0, to = 0;
  std::string tenant{}, instrument{}, market{};
  std::uint32_t buckets = 1, bucket = 0;  ///< of the instruments by hash; one bucket is one answer in memory
};

/// How many ticks the range holds, versions not yet merged included.
Result<std::uint64_t> count_ticks(io::ClickHouse& store, const StoredRange& range);

/// The newest version of each tick, ordered by series and time. `use` gets all of them at once; strings are
/// views that live during the call. Memory: about 300 bytes a tick.
Result<void> read_ticks(io::ClickHouse& store, const StoredRange& range,
                        const std::function<Result<void>(std::span<const EnrichedTick>)>& use);

/// The newest version of each bar whose window lies inside the range.
Result<void> read_bars(io::ClickHouse& store, Interval interval, const StoredRange& range,
                       const std::function<Result<void>(std::span<const Bar>)>& use);

}  // namespace dpctl::pipeline
