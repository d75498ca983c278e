// report.cpp: bars and prices as lines of CSV, and the table at the end of a run.
#include <fmt/format.h>

#include <algorithm>

#include "pipeline-services/tools/embedded.hpp"

namespace dpctl::pipeline {
namespace {

class Line {
 public:
  Line& text(std::string_view value) {
    begin();
    if (value.find_first_of(",\"\n\r") == value.npos) {
      out_ += value;
      return *this;
    }
    out_ += '"';
    for (const char c : value) out_.append(c == '"' ? 2 : 1, c);
    out_ += '"';
    return *this;
  }
  Line& number(std::int64_t value) { return text(std::to_string(value)); }
  Line& decimal(Fixed value) { return text(to_string(value)); }
  Line& decimal(const std::optional<Fixed>& value) { return value ? decimal(*value) : text(""); }
  Line& time(Micros at) { return text(iso(at)); }
  std::string end() { return std::move(out_) + "\n"; }

 private:
  void begin() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace

std::string csv_row(const Bar& bar) {
  Line line;
  line.text(bar.tenant)
      .text(bar.instrument_id)
      .text(bar.market)
      .text(bar.product)
      .text(bar.location_type)
      .text(bar.location);
  line.text(name_of(bar.interval)).time(bar.start).time(bar.end);
  line.decimal(bar.open)
      .decimal(bar.high)
      .decimal(bar.low)
      .decimal(bar.close)
      .decimal(bar.twap)
      .decimal(bar.vwap)
      .decimal(bar.volume);
  line.number(bar.tick_count).number(bar.excluded_count).time(bar.first_time).time(bar.last_time);
  line.number(bar.quality)
      .number(bar.revision)
      .text(bar.is_final ? "true" : "false")
      .text(bar.aggregation_id);
  return line.end();
}

std::string csv_row(const LatestPrice& latest) {
  Line line;
  line.text(latest.tenant)
      .text(latest.instrument_id)
      .text(latest.market)
      .text(latest.product)
      .text(latest.location_type);
  line.text(latest.location)
      .decimal(latest.price)
      .text(latest.currency)
      .text(latest.unit)
      .time(latest.event_time);
  line.text(name_of(latest.interval))
      .time(latest.interval_start)
      .number(latest.revision)
      .number(latest.quality);
  return line.end();
}

std::string summary_table(const EmbeddedResult& result) {
  std::vector<std::array<std::string, 9>> rows{
      {"MARKET", "RAW", "NORMALISED", "FLAGGED", "DEAD", "BARS 5M", "1H", "1D", "LATEST PRICE"}};
  for (const auto& [name, market] : result.markets) {
    const auto bars = [&, &summary = market](const char* interval) {
      const auto found = summary.bars.find(interval);
      return std::to_string(found == summary.bars.end() ? 0 : found->second);
    };
    const auto& latest = market.latest;
    rows.push_back({name, std::to_string(market.raw), std::to_string(market.normalized),
                    std::to_string(market.flagged), std::to_string(market.dead), bars("5m"), bars("1h"),
                    bars("1d"),
                    latest.instrument_id.empty()
                        ? "none"
                        : fmt::format("{} {} {}/{} at {}", latest.instrument_id, to_string(latest.price),
                                      latest.currency, latest.unit, iso(latest.event_time))});
  }
  std::array<std::size_t, 9> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      out += i == 0 ? fmt::format("{:<{}}  ", row[i], widths[i]) : fmt::format("{:>{}}  ", row[i], widths[i]);
    out += row.back() + "\n";
  }
  return out;
}

}  // namespace dpctl::pipeline
