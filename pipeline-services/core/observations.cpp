// observations.cpp: the ticks of one series that may still change a bar.
#include "pipeline-services/core/observations.hpp"

#include <algorithm>
#include <tuple>

namespace dpctl::pipeline {
namespace {

/// The number that eight hexadecimal digits spell, in the order of the text; for other bytes some number.
std::uint64_t hex_word(const char* at) {
  std::uint64_t word = load_bytes(at, 8);
  word = (word & 0x0f0f0f0f0f0f0f0fULL) + 9 * ((word >> 6U) & 0x0101010101010101ULL);
  word = (word << 4U) | (word >> 8U);
  word &= 0x00ff00ff00ff00ffULL;
  word = (word | (word >> 8U)) & 0x0000ffff0000ffffULL;
  word = (word | (word >> 16U)) & 0x00000000ffffffffULL;
  return __builtin_bswap32(static_cast<std::uint32_t>(word));
}

}  // namespace

const ObservationExtra Observations::kNone{};

bool Observations::before(const Observation& a, const ObservationExtra& a_extra, const Observation& b) const {
  if (a.time != b.time) return a.time < b.time;
  const auto a_sequence = a_extra.sequence, b_sequence = extra(b).sequence;
  return std::tie(a_sequence, a.id, a.id_rest) < std::tie(b_sequence, b.id, b.id_rest);
}

void Observations::keep_extra(Observation& seen, const ObservationExtra& extra) {
  if (extra == kNone) return;
  if (free_.empty()) {
    extras_.push_back(extra);
    seen.extra = static_cast<std::uint32_t>(extras_.size());
  } else {
    seen.extra = free_.back();
    free_.pop_back();
    extras_[seen.extra - 1] = extra;
  }
}

/// Grows in smaller steps than vectors do, which would waste as much memory as is used.
void Observations::make_room() {
  if (items_.size() == items_.capacity()) items_.reserve(items_.size() + items_.size() / 4 + 12);
}

Observations::Taken Observations::take(const Tick& tick) {
  Observation seen;
  seen.time = tick.interval_start;
  seen.price = tick.price;
  seen.volume = tick.volume ? *tick.volume : Fixed{};
  seen.length = tick.interval_len;
  seen.bits = (tick.quality & Observation::kQuality) | (tick.superseded ? Observation::kSuperseded : 0) |
              (tick.volume ? Observation::kHasVolume : 0);
  const auto hash = text_hash(tick.tick_id);
  const bool digest = tick.tick_id.size() == 64;
  seen.id = digest ? hex_word(tick.tick_id.data()) << 32U | hex_word(tick.tick_id.data() + 8) : hash;
  seen.id_rest = static_cast<std::uint32_t>(hash >> 32U);
  if (tick.sequence == 0 && tick.revision == 0 && !tick.bid && !tick.ask) {
    if (items_.empty() || items_.back().time < seen.time) {
      make_room();
      items_.push_back(seen);
      return Taken::fresh;
    }
    return take(seen, kNone);
  }
  return take(seen, {tick.sequence, tick.revision, tick.bid, tick.ask});
}

Observations::Taken Observations::take(Observation seen, const ObservationExtra& given) {
  // Streams are nearly in order: a few steps back from the newest, else by halves.
  constexpr std::size_t kSteps = 16;
  std::size_t after = items_.size();
  for (std::size_t step = 0; after > 0 && items_[after - 1].time > seen.time; --after)
    if (++step > kSteps) {
      after = static_cast<std::size_t>(
          std::upper_bound(items_.begin(), items_.end(), seen.time,
                           [](Micros time, const Observation& o) { return time < o.time; }) -
          items_.begin());
      break;
    }
  Taken result = Taken::fresh;
  std::size_t first = after;
  while (first > 0 && items_[first - 1].time == seen.time) --first;
  for (std::size_t i = first; i < after; ++i) {
    const Observation& old = items_[i];
    if (!old.same_tick(seen)) continue;
    const ObservationExtra& known = extra(old);
    constexpr auto kValue = Observation::kSuperseded | Observation::kHasVolume | quality::kExcludedFromBars;
    const bool same = old.price == seen.price && old.volume == seen.volume &&
                      (old.bits & kValue) == (seen.bits & kValue) && known.bid == given.bid &&
                      known.ask == given.ask && known.sequence == given.sequence;
    if (given.revision < known.revision || (given.revision == known.revision && same))
      return Taken::duplicate;
    release_extra(old);
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(i));
    --after;
    result = Taken::corrected;
    break;
  }
  while (after > first && before(seen, given, items_[after - 1])) --after;
  seen.extra = 0;
  if (&given != &kNone) keep_extra(seen, given);
  make_room();
  items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(after), seen);
  return result;
}

std::span<const Observation> Observations::between(Micros from, Micros to) const {
  const auto before = [](const Observation& seen, Micros time) { return seen.time < time; };
  const auto begin = std::lower_bound(items_.begin(), items_.end(), from, before);
  return {begin, std::lower_bound(begin, items_.end(), to, before)};
}

void Observations::drop_before(Micros time) {
  std::size_t gone = 0;
  while (gone < items_.size() && items_[gone].time < time) release_extra(items_[gone++]);
  items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(gone));
}

}  // namespace dpctl::pipeline
