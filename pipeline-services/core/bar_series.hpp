#pragma once

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "pipeline-services/core/bar_sums.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/observations.hpp"
#include "pipeline-services/core/prefetch.hpp"

namespace dpctl::pipeline {

inline constexpr Micros kNever = std::numeric_limits<Micros>::min();
inline constexpr Micros kForever = std::numeric_limits<Micros>::max();

/// Which intervals an aggregator follows, from its options.
struct TrackedIntervals {
  explicit TrackedIntervals(const std::vector<Interval>& wanted);
  std::array<bool, kIntervals> wanted{};   ///< bars are issued
  std::array<bool, kIntervals> tracked{};  ///< windows are kept: of hours too when blocks are wanted
  /// The finest interval without holes that is no shorter than a tick; nothing when the tick is longer than
  /// all.
  [[nodiscard]] std::optional<Interval> finest_for(std::int32_t seconds) const;
};

/// A window of one series.
struct BarWindow {
  Micros start, end;
  std::unique_ptr<BarSums> sealed;  ///< over the observations that are no longer kept one by one
  std::int32_t revision = -1;       ///< last issued; -1: not yet final
  Interval interval;
  bool dirty = true;  ///< changed since it was issued

  friend bool operator<(const BarWindow& a, const BarWindow& b) {
    return std::tie(a.end, a.interval) < std::tie(b.end, b.interval);
  }
};

/// One series: its observations in order, and its windows by end. A bar is computed from the observations of
/// its window when it is issued, so arrival order cannot matter, and a correction replaces an observation and
/// re-issues its bars. Hot members first: most ticks touch only them.
class alignas(64) BarSeries {
 public:
  enum class Taken : std::uint8_t { ignored, fresh, corrected, duplicate, missed };

  BarSeries(std::int32_t partition, const EnrichedTick& tick);
  explicit BarSeries(ByteReader& in);
  void write(ByteWriter& out) const;

  /// Takes the tick and issues what it makes due.
  Taken add(const EnrichedTick& tick, const TrackedIntervals& intervals, const BarOptions& options,
            Micros now, BarOutput& out);
  /// Silence: the clock stands in for the missing events, so a window whose day is not over stays open.
  /// False when nothing was due.
  bool close_until(Micros time, const TrackedIntervals& intervals, BarOutput& out);
  /// Issues what changed and is not due, as provisional bars.
  void issue_early(const TrackedIntervals& intervals, BarOutput& out);
  /// See Aggregator::reissue.
  void reissue(std::span<const EnrichedTick> stored, std::span<const EnrichedTick> changed,
               const TrackedIntervals& intervals, BarOutput& out);

  [[nodiscard]] std::string_view text(std::size_t label) const {
    const std::size_t from = label == 0 ? 0 : ends_[label - 1];
    return std::string_view(labels_).substr(from, ends_[label] - from);
  }
  [[nodiscard]] std::string_view tenant() const { return text(0); }
  [[nodiscard]] std::string_view instrument() const { return text(1); }
  [[nodiscard]] bool is_of(std::int32_t partition, std::string_view tenant,
                           std::string_view instrument) const {
    if (partition != partition_ || tenant.size() != tenant_size_ || instrument.size() != instrument_size_)
      return false;
    const char* name = tenant_size_ + instrument_size_ <= name_.size() ? name_.data() : labels_.data();
    return same_bytes(name, tenant) && same_bytes(name + tenant_size_, instrument);
  }
  [[nodiscard]] std::int32_t partition() const { return partition_; }
  [[nodiscard]] Micros heard() const { return heard_; }
  /// Processing time of the last provisional bars.
  Micros& early_at() { return early_at_; }
  [[nodiscard]] Micros latest() const { return latest_; }
  [[nodiscard]] const std::vector<BarWindow>& windows() const { return windows_; }
  void measure(Aggregator::Memory& memory) const;
  /// Ask for the memory that add() will touch; the second reads what the first asked for. A miss that nobody
  /// asked for costs as much as everything else that is done for a tick.
  void prefetch_marks() const { prefetch(this, 3 * 64); }
  void prefetch_for(const Tick& tick, Micros delay) const {
    observations_.prefetch_newest();
    const bool due = tick.event_time - delay >= next_due_;
    if (tick.interval_start >= hot_start_ && tick.interval_start < hot_end_ && !due) return;
    prefetch(windows_.data(), windows_.size() * sizeof(BarWindow));
    if (!due) return;
    observations_.prefetch_all();
    prefetch(labels_.data(), labels_.size());
  }

 private:
  static constexpr std::size_t kLabels = 10;
  static constexpr std::size_t kUsualWindows = 5;

  void remember_name();
  bool mark(const EnrichedTick& tick, Interval finest, const TrackedIntervals& intervals);
  [[nodiscard]] std::size_t window_holding(Interval interval, Micros time) const;
  std::size_t window_at(Interval interval, DaySpan span);
  void settle(const TrackedIntervals& intervals, BarOutput& out);
  void seal(Micros horizon);
  void fold(BarWindow& window, Micros horizon) const;
  void fold_by_chunks(std::span<BarWindow> windows, Micros horizon) const;
  [[nodiscard]] DaySpan hole_of(const BarWindow& window) const;
  [[nodiscard]] BarSums sums_of(const BarWindow& window, Micros to, const BarSums* sealed,
                                const Observations& from) const;
  void issue(BarWindow& window, bool final, const TrackedIntervals& intervals, BarOutput& out);
  void append(Bar& bar, BarOutput& out) const;

  // The first cache line: all that a tick changes, except for itself.
  Micros hot_start_ = 0, hot_end_ = 0;  ///< the finest window of the last tick…
  std::int32_t hot_length_ = -1;        ///< …whose length in seconds this was…
  bool hot_dirty_ = false;              ///< …which is dirty, and all around it
  bool day_ahead_ = false;
  Interval coarsest_finest_ = Interval::m1;  ///< the finest windows of all lengths seen fit into it
  Micros sealed_to_ = kNever;                ///< earlier observations are only in sums
  Micros heard_ = 0;                         ///< processing time of the last message
  Micros latest_ = kNever;                   ///< event time that the watermark follows
  Micros reached_ = kNever;                  ///< windows that end by then are due
  Micros next_due_ = kForever;               ///< end of the first window that is not settled
  // The second: how a tick finds its series.
  Micros next_seal_ = kForever;  ///< end of the first window
  std::int32_t partition_ = 0;
  std::uint32_t tenant_size_ = 0, instrument_size_ = 0;
  std::uint32_t settled_ = 0;    ///< windows before it are issued and clean
  std::array<char, 40> name_{};  ///< tenant and instrument again, when they are short enough
  // The third begins with where these lie.
  std::vector<BarWindow> windows_;  ///< sorted
  Observations observations_;
  Micros early_at_ = 0;
  const Calendar* calendar_ = nullptr;
  std::array<std::uint32_t, kLabels> ends_{};
  std::string labels_;  ///< tenant, instrument, market, product, location type, location, currency, unit, …
};

}  // namespace dpctl::pipeline
