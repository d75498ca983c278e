// curves.cpp: forward curves by months from what contracts are quoted at.
#include "pipeline-services/core/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/curve_smooth.hpp"
#include "pipeline-services/core/json_out.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::array<std::string_view, 3> kShapes{"base", "on_peak", "off_peak"};
constexpr std::array<std::string_view, 3> kSources{"quoted", "derived", "extrapolated"};

Micros midnight(Day day) { return Micros{day} * kDay; }
int date_of(Day day) { return local_hour(Zone::utc, midnight(day)).date; }
Day first_of_month(Day day) { return day - (date_of(day) % 100 - 1); }
Day next_month(Day day) { return first_of_month(first_of_month(day) + 31); }

/// One month, or the rest of the current one.
struct Cell {
  Day start, end;
  std::int32_t hours;
  std::optional<Fixed> price;
  CurvePoint::Source source = CurvePoint::Source::quoted;
};

struct Accepted {
  std::size_t first, last;  ///< cells
  Fixed price;
};

/// The quotes of one shape on their way to a curve.
class Builder {
 public:
  Builder(std::vector<ContractQuote> quotes, const CurveOptions& options, ForwardCurve& curve)
      : quotes_(std::move(quotes)), options_(options), curve_(curve), calendar_(calendar_of(curve.market)) {}

  std::vector<Cell> run(Day end) {
    for (Day day = options_.as_of + 1; day < end; day = next_month(day)) {
      const Day to = next_month(day);
      cells_.push_back({day, to, delivery_hours(calendar_, curve_.shape, day, to), {}, {}});
    }
    choose();
    for (const auto& quote : quotes_) take(quote);
    if (options_.smooth) smooth();
    return std::move(cells_);
  }

 private:
  /// The newest of each period, short periods first.
  void choose() {
    std::map<std::pair<Day, Day>, ContractQuote> newest;
    for (auto& quote : quotes_) {
      auto [known, fresh] = newest.try_emplace({quote.start, quote.end}, quote);
      const auto order = [](const ContractQuote& q) { return std::pair(q.quoted_at, q.price); };
      if (!fresh && order(known->second) < order(quote)) known->second = quote;
    }
    quotes_.clear();
    for (auto& [period, quote] : newest) quotes_.push_back(std::move(quote));
    std::stable_sort(quotes_.begin(), quotes_.end(), [](const auto& a, const auto& b) {
      return std::pair(a.end - a.start, a.start) < std::pair(b.end - b.start, b.start);
    });
  }

  void remark(std::string text) { curve_.remarks.push_back(std::move(text)); }
  static std::string period_of(const ContractQuote& quote) {
    return fmt::format("{} to {} at {}", day_text(quote.start), day_text(quote.end - 1), to_string(quote.price));
  }

  void take(const ContractQuote& quote) {
    if (quote.end <= options_.as_of + 1) return remark(period_of(quote) + ": delivered");
    const auto first = std::find_if(cells_.begin(), cells_.end(), [&](const Cell& c) { return c.start == quote.start; });
    const auto last = std::find_if(cells_.begin(), cells_.end(), [&](const Cell& c) { return c.end == quote.end; });
    if (first == cells_.end() || last == cells_.end())
      return remark(period_of(quote) + (quote.start <= options_.as_of
                                            ? ": in delivery, its price is also about days that are over"
                                            : ": does not begin and end with a month"));
    Int128 known = 0;
    std::int64_t hours = 0, open_hours = 0;
    for (auto cell = first; cell <= last; ++cell) {
      hours += cell->hours;
      if (cell->price)
        known += static_cast<Int128>(cell->price->units) * cell->hours;
      else
        open_hours += cell->hours;
    }
    if (hours == 0) return remark(period_of(quote) + ": has no hours of its shape");
    curve_.version = std::max(curve_.version, quote.quoted_at);
    if (open_hours == 0) return check(quote, Fixed{divide_rounded(known, hours)});
    const Fixed rest{divide_rounded(static_cast<Int128>(quote.price.units) * hours - known, open_hours)};
    for (auto cell = first; cell <= last; ++cell)
      if (!cell->price) {
        cell->price = rest;
        cell->source = first == last ? CurvePoint::Source::quoted : CurvePoint::Source::derived;
      }
    accepted_.push_back({static_cast<std::size_t>(first - cells_.begin()),
                         static_cast<std::size_t>(last - cells_.begin()), quote.price});
  }

  void check(const ContractQuote& quote, Fixed mean) {
    const Fixed difference = quote.price - mean;
    if (std::abs(difference.units) <= options_.tolerance.units) return;
    curve_.arbitrage = true;
    remark(fmt::format("{}: its members give {}, which differs by {}; left out", period_of(quote),
                       to_string(mean), to_string(difference)));
  }

  void smooth() {
    if (accepted_.empty()) return;
    std::size_t first = cells_.size(), last = 0;
    std::vector<AverageConstraint> constraints;
    for (const auto& quote : accepted_) {
      first = std::min(first, quote.first);
      last = std::max(last, quote.last);
    }
    for (const auto& quote : accepted_) {
      AverageConstraint constraint{.first = quote.first - first, .weights = {}, .value = quote.price.to_double()};
      double hours = 0;
      for (auto i = quote.first; i <= quote.last; ++i) hours += cells_[i].hours;
      for (auto i = quote.first; i <= quote.last; ++i) constraint.weights.push_back(cells_[i].hours / hours);
      constraints.push_back(std::move(constraint));
    }
    const auto prices = smoothest(last - first + 1, constraints);
    for (std::size_t i = 0; i < prices.size(); ++i) {
      Cell& cell = cells_[first + i];
      // What is quoted stays to the last digit; a hole between quotes is bridged, and says so.
      if (cell.price && cell.source == CurvePoint::Source::quoted) continue;
      if (!cell.price) cell.source = CurvePoint::Source::extrapolated;
      cell.price = Fixed{std::llround(prices[i] * static_cast<double>(Fixed::kOne))};
    }
  }

  std::vector<ContractQuote> quotes_;
  const CurveOptions& options_;
  ForwardCurve& curve_;
  const Calendar& calendar_;
  std::vector<Cell> cells_;
  std::vector<Accepted> accepted_;
};

/// Holes and what lies beyond the last quote: the price before, or the first one, as it is.
void extrapolate(std::vector<Cell>& cells) {
  const auto known = std::find_if(cells.begin(), cells.end(), [](const Cell& c) { return c.price.has_value(); });
  if (known == cells.end()) return;
  Fixed price = *known->price;
  for (auto& cell : cells) {
    if (cell.price) {
      price = *cell.price;
      continue;
    }
    cell.price = price;
    cell.source = CurvePoint::Source::extrapolated;
  }
}

void fill_points(ForwardCurve& curve, const std::vector<Cell>& cells) {
  int month = 0, beyond = 0;
  for (const auto& cell : cells) {
    if (!cell.price) continue;
    const bool whole = date_of(cell.start) % 100 == 1;
    CurvePoint point;
    point.start = cell.start;
    point.end = cell.end;
    point.price = *cell.price;
    point.source = cell.source;
    point.tenor = whole ? "M" + std::to_string(++month) : "BALMO";
    point.hours = cell.hours;
    beyond = cell.source == CurvePoint::Source::extrapolated ? beyond + 1 : 0;
    switch (cell.source) {
      case CurvePoint::Source::quoted: point.confidence = Fixed::whole(1); break;
      case CurvePoint::Source::derived: point.confidence = Fixed{80'000'000}; break;
      case CurvePoint::Source::extrapolated:
        point.confidence = Fixed{std::max<std::int64_t>(10'000'000, 52'000'000 - 2'000'000LL * beyond)};
    }
    curve.points.push_back(std::move(point));
  }
}

using Shapes = std::array<std::vector<ContractQuote>, 3>;

/// The third shape from the other two: base · all = on · peak + off · rest, in hours.
void derive_shape(std::size_t missing, std::array<std::vector<Cell>, 3>& cells, const Calendar& calendar) {
  const auto& other = cells[missing == 0 ? 1 : 0];
  for (std::size_t i = 0; i < other.size(); ++i) {
    const Day start = other[i].start, end = other[i].end;
    Cell made{start, end, delivery_hours(calendar, static_cast<LoadShape>(missing), start, end), {},
              CurvePoint::Source::derived};
    Int128 sum = 0;
    bool whole = made.hours > 0;
    for (std::size_t shape = 0; shape < 3; ++shape) {
      if (shape == missing) continue;
      whole = whole && i < cells[shape].size() && cells[shape][i].price.has_value();
      if (!whole) break;
      const Int128 part = static_cast<Int128>(cells[shape][i].price->units) * cells[shape][i].hours;
      sum += missing != 0 && shape != 0 ? -part : part;
    }
    if (whole) made.price = Fixed{divide_rounded(sum, made.hours)};
    cells[missing].push_back(made);
  }
}

void build_one(const Shapes& shapes, const CurveOptions& options, std::vector<ForwardCurve>& out) {
  std::array<ForwardCurve, 3> curves;
  std::array<std::vector<Cell>, 3> cells;
  const ContractQuote* any = nullptr;
  Day end = options.as_of + 1;
  for (const auto& quotes : shapes)
    for (const auto& quote : quotes) {
      any = &quote;
      end = std::max(end, quote.end);
    }
  Day wanted = options.as_of + 1;
  if (first_of_month(wanted) != wanted) wanted = next_month(wanted);
  for (int month = 0; month < options.months; ++month) wanted = next_month(wanted);
  end = std::max(end, options.months > 0 ? wanted : end);
  std::size_t empty = 0, missing = 0;
  for (std::size_t shape = 0; shape < 3; ++shape) {
    ForwardCurve& curve = curves[shape];
    curve.tenant = any->tenant;
    curve.curve = any->curve;
    curve.market = any->market;
    curve.currency = any->currency;
    curve.unit = any->unit;
    curve.shape = static_cast<LoadShape>(shape);
    curve.as_of = options.as_of;
    curve.method = options.smooth ? "smooth" : "flat";
    if (shapes[shape].empty())
      ++empty, missing = shape;
    else
      cells[shape] = Builder(shapes[shape], options, curve).run(end);
  }
  if (empty == 1) {
    derive_shape(missing, cells, calendar_of(any->market));
    for (const auto& curve : curves) curves[missing].version = std::max(curves[missing].version, curve.version);
  }
  for (std::size_t shape = 0; shape < 3; ++shape) {
    extrapolate(cells[shape]);
    fill_points(curves[shape], cells[shape]);
    if (!curves[shape].points.empty() || !curves[shape].remarks.empty()) out.push_back(std::move(curves[shape]));
  }
}

}  // namespace

std::string_view name_of(LoadShape shape) { return kShapes[static_cast<std::size_t>(shape)]; }
std::string_view name_of(CurvePoint::Source source) { return kSources[static_cast<std::size_t>(source)]; }

std::optional<Day> parse_day(std::string_view text) {
  const auto at = text.size() == 10 ? parse_iso(text) : fail(Code::failed, "no date");
  if (!at) return {};
  return static_cast<Day>(*at / kDay);
}

std::string day_text(Day day) { return iso(midnight(day)).substr(0, 10); }

std::int32_t delivery_hours(const Calendar& calendar, LoadShape shape, Day start, Day end) {
  Micros all = 0, peak = 0;
  for (Day day = start; day < end; ++day) {
    // 18:00 UTC lies in the local day of the same date in every zone of North America.
    const Micros noon = midnight(day) + 18 * kHour;
    const DaySpan span = local_day(calendar.zone, noon);
    const DaySpan block = peak_block(calendar, noon);
    all += span.end - span.start;
    peak += block.end - block.start;
  }
  const Micros wanted = shape == LoadShape::base ? all : shape == LoadShape::on_peak ? peak : all - peak;
  return static_cast<std::int32_t>(wanted / kHour);
}

std::vector<ForwardCurve> build_curves(std::span<const ContractQuote> quotes, const CurveOptions& options) {
  std::map<std::pair<std::string, std::string>, Shapes> by_curve;
  for (const auto& quote : quotes)
    by_curve[{quote.tenant, quote.curve}][static_cast<std::size_t>(quote.shape)].push_back(quote);
  std::vector<ForwardCurve> curves;
  for (const auto& [name, shapes] : by_curve) build_one(shapes, options, curves);
  return curves;
}

void append_curve(std::string& out, const ForwardCurve& curve) {
  JsonObject message(out);
  JsonObject envelope(message.raw("envelope"));
  envelope.text("event_type", contract::kCurveEvent);
  envelope.text("event_id", fmt::format("{}.{}.{}.{}", curve.curve, name_of(curve.shape), day_text(curve.as_of),
                                        curve.version));
  envelope.time("timestamp", curve.version);
  envelope.text("tenant_id", curve.tenant);
  envelope.text("source", "aggregation-service");
  envelope.text("version", "1.0");
  envelope.end();
  JsonObject payload(message.raw("payload"));
  payload.text("type", "curve");
  payload.text("schema_version", contract::kSchemaVersion);
  payload.text("tenant_id", curve.tenant);
  payload.text("curve", curve.curve);
  payload.text("shape", name_of(curve.shape));
  payload.text("as_of", day_text(curve.as_of));
  payload.text("interpolation_method", curve.method);
  payload.text("currency", curve.currency);
  payload.text("unit", curve.unit);
  payload.number("version_us", curve.version);
  std::string& points = payload.raw("curve_points");
  points += '[';
  for (const auto& point : curve.points) {
    if (points.back() != '[') points += ',';
    JsonObject row(points);
    row.text("tenor", point.tenor);
    row.text("delivery_start", day_text(point.start));
    row.text("delivery_end", day_text(point.end));
    row.decimal("price", point.price);
    row.text("source", name_of(point.source));
    row.decimal("confidence", point.confidence);
    row.number("hours", point.hours);
    row.end();
  }
  points += ']';
  payload.end();
  message.end();
}

}  // namespace dpctl::pipeline
