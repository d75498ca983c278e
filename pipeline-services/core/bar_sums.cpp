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
