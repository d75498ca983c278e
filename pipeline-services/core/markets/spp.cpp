// spp.cpp: prices by settlement location; LMP = MEC + MCC + MLC, all printed.
//
// Interval is the local hour ending, with labels that do not agree with each other on the days clocks change;
// GMTIntervalEnd is the instant, and the only time that is used.
#include <fmt/format.h>

#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {

void parse_spp(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  tick.product = row.required("product");
  tick.location = row.required("Settlement Location");
  tick.location_type = tick.location.ends_with("_HUB") ? "HUB" : "SL";
  tick.interval_len = tick.product == "RT5M" ? 300 : 3600;
  tick.raw_time = row.required("GMTIntervalEnd");
  const auto end = parse_us_time(tick.raw_time);
  const auto at = end ? as_if_utc(*end) : std::nullopt;
  if (at)
    tick.interval_start = *at - tick.interval_len * kSecond;
  else
    row.fail(fault::kValidation, "invalid_time",
             fmt::format("\"{}\" is no GMTIntervalEnd of SPP", tick.raw_time.substr(0, 64)));
  tick.price = row.decimal("LMP");
  tick.energy = row.decimal_if("MEC");
  tick.congestion = row.decimal_if("MCC");
  tick.loss = row.decimal_if("MLC");
}

bool is_spp(std::string_view text) {
  const auto head = text.substr(0, 512);
  return head.find("GMTIntervalEnd") != head.npos && head.find("Settlement Location") != head.npos;
}

Result<RawFile> read_spp(std::string_view name, std::string_view text) {
  CsvReader csv(name, text);
  DPCTL_TRY(const bool any, csv.next());
  if (!any) return csv.bad("the file is empty");
  const auto header = csv.cells();
  const std::string product = name.find("RTBM") != name.npos ? "RT5M" : "DAM";
  if (product == "DAM" && name.find("DA-LMP") == name.npos)
    return csv.bad("the file's name does not tell the product")
        .hint("name it as SPP does: *DA-LMP-SL-*.csv or *RTBM-LMP-SL-*.csv");
  std::vector<RawRow> rows;
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) break;
    if (csv.blank()) continue;
    if (csv.cells().size() != header.size())
      return csv.bad(fmt::format("{} cells, the header has {}", csv.cells().size(), header.size()));
    rows.push_back(row_of(header, csv.cells(), {{"report", "LMP-SL"}, {"product", product}}));
  }
  return finish(Market::spp, std::move(rows));
}

}  // namespace dpctl::pipeline::markets
