#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/bytes.hpp"
#include "pipeline-services/core/derived.hpp"

namespace dpctl::pipeline {

/// Which last bars: a number of them, or those of a span of time.
struct RollingWindow {
  Interval interval = Interval::m5;  ///< of the bars
  std::int64_t bars = 0;
  Micros span = 0;
  [[nodiscard]] std::string name() const;  ///< "12" or "24h"
  friend auto operator<=>(const RollingWindow&, const RollingWindow&) = default;
};

/// "5m:12,1h:24,5m:24h": interval, then a number of bars, or hours or days. Empty: none.
Result<std::vector<RollingWindow>> parse_rolling(std::string_view list);

/// Statistics of the last values, each in constant amortised time.
///
/// Sums are integers (of the differences from the first value that was ever seen), so a value that has left
/// the window leaves no trace, and any two ways to the same content give the same bits. Roots are taken of
/// exact sums, once.
class RollingStatistics {
 public:
  /// `time` ascends. The value before it in the window stays until the window is full or its span over.
  void add(Micros time, Fixed value, const RollingWindow& window);
  /// Another value for a time that is in the window; false when it is not. Costs the length of the window.
  bool correct(Micros time, Fixed value);
  /// Fills count, mean, std (of a sample; from two values on), min, max, range, realised volatility and EWMA.
  ///
  /// Realised volatility is the root of the sum of squared changes of price: power prices are negative at
  /// times, so their logarithms do not exist. EWMA has the smoothing factor 2 / (N + 1), N the number of bars of
  /// the window (of a span: those that fit in).
  void fill(DerivedValue& value) const;
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(values_.size()); }
  [[nodiscard]] Micros last() const { return values_.empty() ? INT64_MIN : values_.back().time; }

  void write(ByteWriter& out) const;
  void read(ByteReader& in);

 private:
  struct Value {
    Micros time;
    std::int64_t units;
  };
  void put(Value value);
  void drop_first();
  void rebuild();

  std::deque<Value> values_, lowest_, highest_;  ///< the last two: candidates, monotone
  bool based_ = false;
  std::int64_t base_ = 0, ewma_ = 0;
  Int128 sum_ = 0, squares_ = 0, changes_ = 0;
};

/// Rolling statistics of all series, over bars as they become final. A bar that is revised changes what comes
/// after; what was published before stays.
class Rolling {
 public:
  explicit Rolling(std::vector<RollingWindow> windows = {}) : windows_(std::move(windows)) {}
  void add(const Bar& bar, std::vector<DerivedValue>& out);
  [[nodiscard]] std::string snapshot() const;
  Result<void> restore(std::string_view bytes);

 private:
  using Key = std::tuple<std::string, std::string, RollingWindow>;  ///< tenant, instrument
  std::vector<RollingWindow> windows_;
  std::map<Key, RollingStatistics> statistics_;
};

}  // namespace dpctl::pipeline
