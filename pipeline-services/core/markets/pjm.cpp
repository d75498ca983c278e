// pjm.cpp: Data Miner 2 CSV; interval-beginning times in UTC and Eastern prevailing time, of which UTC is
// used.
//
// Versions are explicit: version_nbr is the revision, and a row that is not current never enters a bar. Names
// of buses are not unique (one name, several voltages and pieces of equipment), so their locations carry the
// pnode id.
#include <fmt/format.h>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {

void parse_pjm(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  tick.product = row.required("product");
  tick.location_type = row.required("type");
  tick.location = row.required("location");
  tick.raw_time = row.required("datetime_beginning_utc");
  const auto begin = parse_us_time(tick.raw_time);
  const auto at = begin ? as_if_utc(*begin) : std::nullopt;
  if (at)
    tick.interval_start = *at;
  else
    row.fail(fault::kValidation, "invalid_time",
             fmt::format("\"{}\" is no time of Data Miner", tick.raw_time.substr(0, 64)));
  tick.interval_len = tick.product == "RT5M" ? 300 : 3600;
  const bool day_ahead = tick.product == "DAM";
  tick.price = row.decimal(day_ahead ? "total_lmp_da" : "total_lmp_rt");
  tick.energy = row.decimal_if(day_ahead ? "system_energy_price_da" : "system_energy_price_rt");
  tick.congestion = row.decimal_if(day_ahead ? "congestion_price_da" : "congestion_price_rt");
  tick.loss = row.decimal_if(day_ahead ? "marginal_loss_price_da" : "marginal_loss_price_rt");
  tick.superseded = !row.text("row_is_current").empty() && !row.truth("row_is_current");
  if (!row.text("version_nbr").empty()) {
    tick.revision = row.integer("version_nbr");
    draft.versioned = true;
  }
}

bool is_pjm(std::string_view text) {
  const auto head = text.substr(0, 512);
  return head.find("datetime_beginning_utc") != head.npos && head.find("total_lmp_") != head.npos;
}

Result<RawFile> read_pjm(std::string_view name, std::string_view text) {
  CsvReader csv(name, text);
  DPCTL_TRY(const bool any, csv.next());
  if (!any) return csv.bad("the file is empty");
  const auto header = csv.cells();
  const auto column = [&](std::string_view wanted) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), wanted) - header.begin());
  };
  const auto id = column("pnode_id");
  const auto node = column("pnode_name");
  const auto type = column("type");
  if (std::max({id, node, type}) >= header.size())
    return csv.bad("the header lacks pnode_id, pnode_name or type");
  const bool day_ahead = column("total_lmp_da") < header.size();
  const std::string product = day_ahead ? "DAM" : name.find("fivemin") != name.npos ? "RT5M" : "RTH";
  std::vector<RawRow> rows;
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) break;
    if (csv.blank()) continue;
    const auto& cells = csv.cells();
    if (cells.size() != header.size())
      return csv.bad(fmt::format("{} cells, the header has {}", cells.size(), header.size()));
    const bool unique = cells[type] == "ZONE" || cells[type] == "HUB" || cells[type] == "INTERFACE";
    rows.push_back(row_of(header, cells,
                          {{"report", day_ahead ? "da_hrl_lmps" : "rt_lmps"},
                           {"product", product},
                           {"location", unique ? cells[node] : cells[node] + "_" + cells[id]}}));
  }
  return finish(Market::pjm, std::move(rows));
}

}  // namespace dpctl::pipeline::markets
