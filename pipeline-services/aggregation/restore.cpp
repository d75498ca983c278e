#include "pipeline-services/aggregation/restore.hpp"

#include <algorithm>

#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/calendar.hpp"

namespace dpctl::runtime {

using namespace pipeline;

namespace {

constexpr Micros kBetweenTries = 500'000;
constexpr Micros kPatience = 60 * kSecond;  // then a correction is not waited for: the store may never get it
constexpr std::size_t kAtOnce = 100;   // series or days in a question: records wait while bars are made of it
// After an answer that changed bars: at least a second, and so long that the store, and the bars that are
// made of what it says, take a fifth of the time.
constexpr Micros kLeastRest = 1 * kSecond;
constexpr int kRestsOfAnswer = 4;

/// Has the moment come? `longest`: how far away it may be at most, because a clock may be set back.
bool is_over(Micros moment, Micros now, Micros longest) { return now >= moment || moment - now > longest; }

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

Result<void> Restorer::each(Micros now, const Use& use) {
  if (asking()) {
    if (answer_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return {};
    DPCTL_TRY(const auto found, answer_.get());
    DPCTL_TRY(const bool changed, take(*found, now, use));
    if (changed) {
      const auto took = std::chrono::steady_clock::now() - asked_at_;
      rest_ = std::max<Micros>(kLeastRest, kRestsOfAnswer * (took / std::chrono::microseconds(1)));
      rests_until_ = now + rest_;
    }
  }
  if (is_over(rests_until_, now, rest_)) ask(now);
  return {};
}

Result<void> Restorer::repeat(std::int32_t partition, const StoreSaid& said, const Use& use) {
  const auto found = days_.find({partition, std::string(said.series), said.day});
  if (found == days_.end()) return {};
  const auto changed = changes_of(found->second);
  DPCTL_CHECK(use({partition, said, changed}));
  days_.erase(found);
  return {};
}

std::vector<EnrichedTick> Restorer::changes_of(const Day& day) {
  scratch_.clear();
  std::vector<EnrichedTick> changed;
  for (const auto& message : day.messages)
    if (const auto tick = decoder_.enriched(message, scratch_)) changed.push_back(*tick);
  return changed;
}

// The first day that may be asked for, with further series of that day, or else further days of that series.
void Restorer::ask(Micros now) {
  asked_.clear();
  const auto may = [&](const auto& entry) { return is_over(entry.second.next, now, kBetweenTries); };
  const auto first = std::find_if(days_.begin(), days_.end(), may);
  if (first == days_.end()) return;
  const auto same_day = [&](const auto& entry) {
    return may(entry) && std::get<2>(entry.first) == std::get<2>(first->first) &&
           entry.second.end == first->second.end && entry.second.tenant == first->second.tenant;
  };
  const auto same_series = [&](const auto& entry) {
    return may(entry) && std::get<1>(entry.first) == std::get<1>(first->first);
  };
  const bool by_day = std::count_if(first, days_.end(), same_day) > 1;
  StoredRange range{
      .from = std::get<2>(first->first), .to = first->second.end, .tenant = first->second.tenant};
  for (auto at = first; at != days_.end() && asked_.size() < kAtOnce; ++at) {
    if (!(by_day ? same_day(*at) : same_series(*at))) continue;
    at->second.next = now + kBetweenTries;
    range.to = std::max(range.to, at->second.end);  // days of a series come in their order
    if (by_day || asked_.empty()) range.instruments.push_back(at->second.instrument);
    asked_.push_back(at->first);
  }
  asked_at_ = std::chrono::steady_clock::now();
  answer_ = std::async(std::launch::async, [this, range = std::move(range)] { return read_(range); });
}

Result<bool> Restorer::take(const StoredTicks& found, Micros now, const Use& use) {
  bool changed = false;
  for (const auto& key : asked_) {
    const auto at = days_.find(key);
    if (at == days_.end()) continue;  // its partition went meanwhile
    const auto& day = at->second;
    const auto ours = [&](const EnrichedTick& tick) {
      return tick.instrument_id == day.instrument && tick.event_time >= std::get<2>(key) &&
             tick.event_time < day.end;
    };
    const auto begin = std::find_if(found.ticks.begin(), found.ticks.end(), ours);
    const auto end = std::find_if_not(begin, found.ticks.end(), ours);
    const StoreSaid said{.series = std::get<1>(key), .day = std::get<2>(key), .stored = {begin, end}};
    DPCTL_TRY(const bool done, try_one(std::get<0>(key), day, said, now, use));
    if (!done) continue;
    days_.erase(at);
    changed = true;
  }
  return changed;
}

Result<bool> Restorer::try_one(std::int32_t partition, const Day& day, const StoreSaid& said, Micros now,
                               const Use& use) {
  const auto changed = changes_of(day);
  const bool done = now - day.since >= kPatience ||
                    std::all_of(changed.begin(), changed.end(),
                                [&](const auto& tick) { return is_stored(tick, said.stored); });
  if (done) DPCTL_CHECK(use({partition, said, changed}));
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
