#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/message.hpp"
#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

enum class Interval : std::uint8_t { m5, h1, d1 };
/// "5m", "1h", "1d".
std::string_view name_of(Interval interval);
std::optional<Interval> interval_of(std::string_view name);
std::vector<Interval> all_intervals();
/// "5m,1h,1d" in any order; Code::usage names the part that is wrong.
Result<std::vector<Interval>> parse_intervals(std::string_view list);

/// A bar. Strings are views into the batch's arena (or into the message it was decoded from).
struct Bar {
  std::string_view tenant, instrument_id, market, product, location_type, location, currency, unit;
  std::string_view commodity, region;
  std::string_view aggregation_id;  ///< UUIDv5 over instrument, tenant, interval, start
  Interval interval = Interval::m5;
  Micros start = 0, end = 0;  ///< half-open
  Fixed open, high, low, close;
  std::optional<Fixed> volume, vwap;  ///< nothing (not 0) when no observation has a volume
  Fixed twap;
  std::optional<Fixed> bid_close, ask_close;
  std::int64_t tick_count = 0;  ///< observations in the bar
  std::int64_t excluded_count =
      0;  ///< out of range, carried forward or superseded observations of the window
  Micros first_time = 0, last_time = 0;
  quality::Mask quality = 0;  ///< OR over the observations
  std::int64_t revision = 0;  ///< 0 when first final
  bool is_final = true;
  bool revised = false;
};

struct BarOptions {
  std::vector<Interval> intervals = all_intervals();
  Micros delay = 30 * kSecond;         ///< event time that must pass beyond a window's end
  Micros max_late = 300 * kSecond;     ///< how far behind its watermark a tick may revise
  Micros idle_timeout = 60 * kSecond;  ///< processing time of silence after which a series is closed
  Micros max_ahead =
      60 *
      kSecond;  ///< event times later than now + this do not move a watermark, except on day-ahead products
};

struct BarCounts {
  std::uint64_t in = 0, bars = 0, revised = 0, duplicates = 0, excluded = 0, late = 0, too_late = 0, dead = 0;
};

struct BarOutput {
  std::vector<Bar> bars;
  Arena arena;
  OutMessages messages;  ///< bars for the bars topic; key "tenant|instrument_id"
  OutMessages too_late;  ///< enriched messages that came after their window was forgotten, unchanged
  DeadLetters dead;
  BarCounts counts;
  void clear() {
    bars.clear();
    arena.clear();
    messages.clear();
    too_late.clear();
    dead.clear();
    counts = {};
  }
};

/// Stage 3: enriched ticks → bars. Any order and duplication of the same ticks within max_late gives the same
/// final bars.
///
/// A watermark belongs to one series (tenant and instrument) of one partition: that is the unit in which
/// Kafka keeps order, and one partition carries markets and products whose clocks differ by days. A window is
/// final once, when its series' watermark (latest event time − delay) reaches its end or the series was
/// silent for idle_timeout; a later tick within max_late re-issues it with revision + 1. Memory is bounded by
/// the series seen within idle_timeout + max_late and their open windows.
class Aggregator {
 public:
  explicit Aggregator(BarOptions options = {});
  ~Aggregator();
  Aggregator(Aggregator&&) noexcept;
  Aggregator& operator=(Aggregator&&) noexcept;

  /// Takes a batch and appends the bars that became final. `now`: wall clock, for idleness and for event
  /// times from the future.
  void run(std::span<const SourceMessage> messages, Micros now, BarOutput& out);
  /// To be called while no messages come: closes series that are silent since idle_timeout.
  void advance(Micros now, BarOutput& out);
  /// End of input: every open window becomes final.
  void close_all(BarOutput& out);

  /// Forgets the series of a partition that moved elsewhere.
  void drop_partition(std::int32_t partition);

  /// Earliest watermark of the active series; nothing when there is none.
  [[nodiscard]] std::optional<Micros> watermark() const;
  [[nodiscard]] std::size_t open_windows() const;

  /// The state of one partition (or of all with nothing), deterministic bytes; restore adds it to what is
  /// there.
  [[nodiscard]] std::string snapshot(std::optional<std::int32_t> partition = {}) const;
  Result<void> restore(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::pipeline
