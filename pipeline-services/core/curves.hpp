#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/calendar.hpp"
#include "pipeline-services/core/fixed.hpp"

namespace dpctl::pipeline {

/// Which hours a contract delivers in.
enum class LoadShape : std::uint8_t { base, on_peak, off_peak };
std::string_view name_of(LoadShape shape);

/// Days since 1970-01-01. "2027-01-31" is read by parse_day: nothing when it is no date of 1990 to 2099.
using Day = std::int32_t;
std::optional<Day> parse_day(std::string_view text);
std::string day_text(Day day);

/// What a contract settles or is quoted at.
struct ContractQuote {
  std::string tenant = "default", curve, market, currency = "USD", unit = "MWh";
  LoadShape shape = LoadShape::base;
  Day start = 0, end = 0;  ///< delivery, half-open
  Fixed price;
  Micros quoted_at = 0;
};

/// Reads "curve,shape,delivery_start,delivery_end,price,quoted_at[,market,currency,unit,tenant]" with a header
/// line that names the columns in any order; delivery_end is the last day of delivery. Code::usage names the
/// line.
Result<std::vector<ContractQuote>> read_quotes(std::string_view csv, std::string_view file_name);

struct CurvePoint {
  Day start = 0, end = 0;
  std::string tenor;  ///< "BALMO", or "M1" for the first whole month after as_of, …
  Fixed price;
  enum class Source : std::uint8_t { quoted, derived, extrapolated } source = Source::quoted;
  Fixed confidence;        ///< 1 quoted, 0.8 derived, 0.5 and less extrapolated
  std::int32_t hours = 0;  ///< of delivery
};
std::string_view name_of(CurvePoint::Source source);

/// A forward curve by months.
struct ForwardCurve {
  std::string tenant, curve, market, currency, unit;
  LoadShape shape = LoadShape::base;
  Day as_of = 0;
  std::string_view method;  ///< "flat" or "smooth"
  Micros version = 0;       ///< time of the newest quote in it
  std::vector<CurvePoint> points;
  std::vector<std::string> remarks;  ///< strips that contradict their members, quotes left out
  bool arbitrage = false;            ///< one of the remarks is a contradiction
};

struct CurveOptions {
  Day as_of = 0;
  bool smooth = false;              ///< maximum smoothness instead of piecewise flat
  Fixed tolerance{1'000'000};       ///< between a strip and the hour-weighted mean of its members: 0.01
  int months = 0;                   ///< extrapolate so far; 0: to the last quoted month
};

/// Builds the curves of all quotes, one for each tenant, curve and shape, in that order.
///
/// Of quotes for one period the newest holds. Shorter periods are taken before longer ones (month, quarter,
/// season, year); of a longer one the months that are not known yet get what its hour-weighted mean leaves for
/// them. A strip all of whose months are known must agree with them within the tolerance: if not, it is left
/// out and named. When two of base, on-peak and off-peak are quoted, the third follows from them. Contracts in
/// delivery are left out but for the balance of the month, which begins on the day after as_of.
///
/// Smooth: among all curves whose hour-weighted means equal the quotes, the one with the smallest sum of
/// squared second differences (the discrete form of maximum smoothness: Fleten and Lemming 2003, Benth et al.
/// 2007). Piecewise flat is always consistent to the last digit; smooth to six places.
std::vector<ForwardCurve> build_curves(std::span<const ContractQuote> quotes, const CurveOptions& options);

/// Delivery hours of a period in the market's calendar: 743 in a March of the Eastern zone.
std::int32_t delivery_hours(const Calendar& calendar, LoadShape shape, Day start, Day end);

/// Appends the message of the curves topic.
void append_curve(std::string& out, const ForwardCurve& curve);

}  // namespace dpctl::pipeline
