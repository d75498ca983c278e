#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline-services/core/contract/quality.hpp"
#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/hash.hpp"
#include "pipeline-services/core/prefetch.hpp"
#include "pipeline-services/core/tick.hpp"
#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// What few observations have: looked at only when two share a time, or when a bar wants bid and ask.
struct ObservationExtra {
  std::int64_t sequence = 0, revision = 0;
  std::optional<Fixed> bid, ask;
  friend bool operator==(const ObservationExtra&, const ObservationExtra&) = default;
};

/// What a bar needs of a tick, in 48 bytes: this is what memory is spent on while a tick may be corrected.
struct Observation {
  static constexpr std::uint32_t kSuperseded = 1U << 31U;
  static constexpr std::uint32_t kHasVolume = 1U << 30U;
  static constexpr std::uint32_t kQuality = kHasVolume - 1;

  Micros time = 0;  ///< interval start
  Fixed price;
  Fixed volume;               ///< meaningless without kHasVolume
  std::uint64_t id = 0;       ///< first 16 hexadecimal digits of the tick id: orders like the text
  std::uint32_t id_rest = 0;  ///< hash of the whole tick id
  std::uint32_t extra = 0;    ///< 1 + place in the list's extras; 0: none
  std::int32_t length = 0;    ///< seconds
  std::uint32_t bits = 0;     ///< quality mask and the two flags above

  [[nodiscard]] bool counts() const { return (bits & (kSuperseded | quality::kExcludedFromBars)) == 0; }
  [[nodiscard]] quality::Mask quality() const { return bits & kQuality; }
  [[nodiscard]] bool has_volume() const { return (bits & kHasVolume) != 0; }
  [[nodiscard]] bool same_tick(const Observation& other) const {
    return id == other.id && id_rest == other.id_rest;
  }
};
static_assert(sizeof(Observation) == 48);

/// The observations of one series that may still change a bar, in the order of open and close: (time,
/// sequence, tick id).
class Observations {
 public:
  enum class Taken : std::uint8_t { fresh, corrected, duplicate };

  /// Puts a tick in its place. An older one of the same identity gives way to a newer revision, or to another
  /// value of the same revision; amortised no allocation, constant time for ticks near the newest.
  Taken take(const Tick& tick);
  /// The same for an observation with its extra.
  Taken take(Observation seen, const ObservationExtra& extra);

  [[nodiscard]] std::span<const Observation> all() const { return items_; }
  /// Those with from <= time < to.
  [[nodiscard]] std::span<const Observation> between(Micros from, Micros to) const;
  [[nodiscard]] const ObservationExtra& extra(const Observation& of) const {
    return of.extra == 0 ? kNone : extras_[of.extra - 1];
  }
  /// Forgets those before `time`.
  void drop_before(Micros time);
  /// Asks for the newest, which is where most ticks go.
  void prefetch_newest() const {
    const auto end = reinterpret_cast<std::uintptr_t>(items_.data() + items_.size());
    prefetch(reinterpret_cast<const void*>(end - 192), 256);
  }
  void prefetch_all() const { prefetch(items_.data(), items_.size() * sizeof(Observation)); }
  [[nodiscard]] std::size_t bytes() const {
    return items_.capacity() * sizeof(Observation) + extras_.capacity() * sizeof(ObservationExtra) +
           free_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static const ObservationExtra kNone;
  [[nodiscard]] bool before(const Observation& a, const ObservationExtra& a_extra,
                            const Observation& b) const;
  void make_room();
  void keep_extra(Observation& seen, const ObservationExtra& extra);
  void release_extra(const Observation& seen) {
    if (seen.extra != 0) free_.push_back(seen.extra);
  }

  std::vector<Observation> items_;
  std::vector<ObservationExtra> extras_;
  std::vector<std::uint32_t> free_;  ///< places in extras_ (plus 1) that may be used again
};

}  // namespace dpctl::pipeline
