#include "pipeline-services/aggregation/restore.hpp"

#include <algorithm>

#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/calendar.hpp"

namespace dpctl::runtime {

using namespace pipeline;

namespace {

constexpr Micros kBetweenTries = 500'000;
constexpr Micros kPatience = 60 * kSecond;  // then a correction is not waited for: the store may never get it
constexpr std::size_t kAtOnce = 100;        // queries, so that polling goes on between them

bool is_stored(const EnrichedTick& tick, std::span<const EnrichedTick> stored) {
  return std::any_of(stored.begin(), stored.end(), [&](const EnrichedTick& other) {
    return other.tick_id == tick.tick_id && other.revision >= tick.revision;
  });
}

}  // namespace

void Restorer::want(std::int32_t partition, std::string_view message, Micros now) {
  scratch_.clear();
  const auto tick = decoder_.enriched(message, scratch_);
  if (!tick) return;
  const auto span = local_day(calendar_of(tick->market).zone, tick->interval_start);
  const std::string series = std::string(tick->tenant) + "|" + std::string(tick->instrument_id);
  Day& day = days_[{partition, series, span.start}];
  day.end = span.end;
  day.since = now;
  day.tenant = tick->tenant;
  day.instrument = tick->instrument_id;
  day.messages.emplace_back(message);
}

Result<void> Restorer::each(Micros now, const std::function<Result<void>(const Restored&)>& use) {
  std::size_t asked = 0;
  for (auto at = days_.begin(); at != days_.end() && asked < kAtOnce;) {
    auto& [key, day] = *at;
    if (now < day.next && day.next - now <= kBetweenTries) {  // not: a clock that was set back
      ++at;
      continue;
    }
    ++asked;
    day.next = now + kBetweenTries;
    DPCTL_TRY(const bool done, try_one(key, day, now, use));
    at = done ? days_.erase(at) : std::next(at);
  }
  return {};
}

Result<bool> Restorer::try_one(const Key& key, const Day& day, Micros now,
                               const std::function<Result<void>(const Restored&)>& use) {
  scratch_.clear();
  std::vector<EnrichedTick> changed;
  for (const auto& message : day.messages)
    if (const auto tick = decoder_.enriched(message, scratch_)) changed.push_back(*tick);
  const StoredRange range{
      .from = std::get<2>(key), .to = day.end, .tenant = day.tenant, .instrument = day.instrument};
  bool done = false;
  DPCTL_CHECK(read_(range, [&](std::span<const EnrichedTick> stored) -> Result<void> {
    done = now - day.since >= kPatience || std::all_of(changed.begin(), changed.end(), [&](const auto& tick) {
             return is_stored(tick, stored);
           });
    return done ? use({std::get<0>(key), stored, changed}) : Result<void>{};
  }));
  return done;
}

std::string Restorer::snapshot(std::int32_t partition) const {
  ByteWriter out;
  bool any = false;
  for (const auto& [key, day] : days_) {
    if (std::get<0>(key) != partition) continue;
    for (const auto& message : day.messages) out.text(message);
    any = true;
  }
  return any ? out.take() : "";
}

Result<void> Restorer::restore(std::int32_t partition, std::string_view bytes, Micros now) {
  forget(partition);
  ByteReader in(bytes);
  while (in.ok() && !in.done()) want(partition, in.text(), now);
  if (!in.ok()) return fail(Code::failed, "the corrections that wait are damaged");
  return {};
}

void Restorer::forget(std::int32_t partition) {
  std::erase_if(days_, [&](const auto& day) { return std::get<0>(day.first) == partition; });
}

}  // namespace dpctl::runtime
