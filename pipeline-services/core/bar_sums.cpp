#include "pipeline-services/core/bar_sums.hpp"

#include <algorithm>

namespace dpctl::pipeline {
namespace {

// Bits that depend on the order of arrival say something about the delivery, not about the bar.
constexpr quality::Mask kOfArrival = quality::kLateArrival | quality::kDuplicate | quality::kPriceSpike |
                                     quality::kCorrected | quality::kFutureTimestamp;

}  // namespace

void BarSums::add(const Observation& seen, const ObservationExtra& extra, Micros hold_end) {
  if (!seen.counts()) {
    ++excluded_;
    return;
  }
  if (count_ == 0) {
    open_ = high_ = low_ = seen.price;
    first_time_ = seen.time;
  } else {
    const Int128 weight = pending_weight(seen.time);
    weighted_ += weight * close_.units;
    weights_ += weight;
    high_ = std::max(high_, seen.price);
    low_ = std::min(low_, seen.price);
  }
  close_ = seen.price;
  last_time_ = seen.time;
  last_length_ = seen.length;
  hold_end_ = hold_end;
  if (seen.has_volume()) {
    any_volume_ = true;
    volume_ += seen.volume.units;
    turnover_ += static_cast<Int128>(seen.price.units) * seen.volume.units;
  }
  if (seen.extra != 0) {
    if (extra.bid) bid_ = *extra.bid, any_bid_ = true;
    if (extra.ask) ask_ = *extra.ask, any_ask_ = true;
  }
  quality_ |= seen.quality() & ~kOfArrival;
  ++count_;
}

void BarSums::add(const BarSums& later, Micros hold_end) {
  excluded_ += later.excluded_;
  if (later.count_ == 0) return;
  if (count_ == 0) {
    const auto excluded = excluded_;
    *this = later;
    excluded_ = excluded;
    hold_end_ = hold_end;
    return;
  }
  const Int128 weight = pending_weight(later.first_time_);
  weighted_ += weight * close_.units + later.weighted_;
  weights_ += weight + later.weights_;
  turnover_ += later.turnover_;
  volume_ += later.volume_;
  high_ = std::max(high_, later.high_);
  low_ = std::min(low_, later.low_);
  close_ = later.close_;
  if (later.any_bid_) bid_ = later.bid_;
  if (later.any_ask_) ask_ = later.ask_;
  last_time_ = later.last_time_;
  last_length_ = later.last_length_;
  hold_end_ = hold_end;
  count_ += later.count_;
  quality_ |= later.quality_;
  any_volume_ = any_volume_ || later.any_volume_;
  any_bid_ = any_bid_ || later.any_bid_;
  any_ask_ = any_ask_ || later.any_ask_;
}

bool BarSums::fill(Bar& bar) const {
  bar.excluded_count = excluded_;
  bar.tick_count = count_;
  if (count_ == 0) return false;
  const Int128 weight = pending_weight(hold_end_);
  const Int128 weights = weights_ + weight;
  bar.open = open_;
  bar.high = high_;
  bar.low = low_;
  bar.close = close_;
  bar.first_time = first_time_;
  bar.last_time = last_time_;
  bar.twap =
      weights > 0 ? Fixed{divide_rounded(weighted_ + weight * close_.units, weights)} : close_;
  bar.volume = bar.vwap = bar.bid_close = bar.ask_close = std::nullopt;
  if (any_volume_) bar.volume = Fixed{static_cast<std::int64_t>(volume_)};
  if (volume_ > 0) bar.vwap = Fixed{divide_rounded(turnover_, volume_)};
  if (any_bid_) bar.bid_close = bid_;
  if (any_ask_) bar.ask_close = ask_;
  bar.quality = quality_;
  return true;
}

}  // namespace dpctl::pipeline
