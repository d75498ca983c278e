#include "pipeline-services/aggregation/restore.hpp"

#include <algorithm>

#include "pipeline-services/core/calendar.hpp"

namespace dpctl::runtime {

using namespace pipeline;

void Restorer::want(std::int32_t partition, std::int64_t offset, std::string_view message) {
  scratch_.clear();
  const auto tick = decoder_.enriched(message, scratch_);
  if (!tick) return;
  const auto span = local_day(calendar_of(tick->market).zone, tick->interval_start);
  const std::string series = std::string(tick->tenant) + "|" + std::string(tick->instrument_id);
  Day& day = days_[{partition, series, span.start}];
  day.end = span.end;
  day.offset = std::max(day.offset, offset);
  day.tenant = tick->tenant;
  day.instrument = tick->instrument_id;
  day.messages.emplace_back(message);
}

Result<void> Restorer::each(const std::function<Result<void>(const Restored&)>& use) {
  while (!days_.empty()) {
    const auto& [key, day] = *days_.begin();
    scratch_.clear();
    std::vector<EnrichedTick> changed;
    for (const auto& message : day.messages)
      if (const auto tick = decoder_.enriched(message, scratch_)) changed.push_back(*tick);
    const StoredRange range{
        .from = std::get<2>(key), .to = day.end, .tenant = day.tenant, .instrument = day.instrument};
    DPCTL_CHECK(read_ticks(store_, range, [&](std::span<const EnrichedTick> stored) {
      return use({std::get<0>(key), day.offset, stored, changed});
    }));
    days_.erase(days_.begin());
  }
  return {};
}

}  // namespace dpctl::runtime
