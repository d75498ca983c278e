// miso.cpp: market reports and the five-minute API; Eastern Standard Time all year, 24 hours on every day.
//
// A report has one line per node and value (LMP, MCC, MLC) with 24 columns; a row here is one node's hour.
// Energy is not printed and is derived. Preliminary and final, ex-ante and ex-post are different products.
#include <fmt/format.h>

#include <array>
#include <map>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/json_file.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {
namespace {

constexpr std::size_t kFirstHour = 3;  // Node, Type, Value, HE 1, …
constexpr std::size_t kHours = 24;

std::string product_of(std::string_view name, std::string_view title) {
  if (title.starts_with("Day Ahead")) return title.find("ExAnte") != title.npos ? "DAM_EXANTE" : "DAM_EXPOST";
  return name.find("prelim") != name.npos || title.find("Prelim") != title.npos ? "RTH_PRELIM" : "RTH_FINAL";
}

struct Node {
  std::string name, type;
  std::map<std::string, std::array<std::string, kHours>> values;  // LMP, MCC, MLC
};

std::vector<RawRow> rows_of(const std::vector<Node>& nodes, const std::string& date,
                            const std::string& product) {
  std::vector<RawRow> rows;
  for (std::size_t hour = 0; hour < kHours; ++hour) {
    for (const auto& node : nodes) {
      RawRow row;
      row.fields = {{"report", "lmp"},   {"product", product},
                    {"Date", date},      {"HE", std::to_string(hour + 1), false},
                    {"Node", node.name}, {"Type", node.type}};
      bool any = false;
      for (const auto& [value, hours] : node.values) {
        if (hours[hour].empty()) continue;
        row.fields.push_back({value, hours[hour]});
        any = true;
      }
      if (any) rows.push_back(std::move(row));
    }
  }
  return rows;
}

Result<RawFile> read_report(std::string_view name, std::string_view text) {
  CsvReader csv(name, text);
  DPCTL_TRY(const bool any, csv.next());
  if (!any) return csv.bad("the file is empty");
  const std::string product = product_of(name, csv.cells().front());
  DPCTL_TRY(const bool dated, csv.next());
  const std::string date = dated ? csv.cells().front() : "";
  if (!parse_us_time(date)) return csv.bad("the second line is no date");
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) return csv.bad("there is no line that begins with Node,Type,Value");
    if (csv.cells().front() == "Node") break;
  }
  if (csv.cells().size() != kFirstHour + kHours)
    return csv.bad(fmt::format("{} columns instead of 27", csv.cells().size()));
  std::vector<Node> nodes;
  std::map<std::string, std::size_t> index;
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) break;
    if (csv.blank()) continue;
    const auto& cells = csv.cells();
    if (cells.size() != kFirstHour + kHours)
      return csv.bad(fmt::format("{} cells instead of 27", cells.size()));
    if (cells[2] != "LMP" && cells[2] != "MCC" && cells[2] != "MLC")
      return csv.bad("value \"" + cells[2] + "\" is not LMP, MCC or MLC");
    const auto [found, fresh] = index.try_emplace(cells[0] + "\n" + cells[1], nodes.size());
    if (fresh) nodes.push_back({cells[0], cells[1], {}});
    auto& hours = nodes[found->second].values[cells[2]];
    std::copy_n(cells.begin() + kFirstHour, kHours, hours.begin());
  }
  return finish(Market::miso, rows_of(nodes, date, product));
}

Result<RawFile> read_five_minutes(std::string_view name, std::string_view text) {
  DPCTL_TRY(auto table, read_json_table(name, text, "headers", "data"));
  std::vector<RawRow> rows;
  rows.reserve(table.rows.size());
  for (auto& cells : table.rows) {
    RawRow row;
    row.fields = {{"report", "five_minute"}, {"product", "RT5M"}};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].name = table.columns[i];
      row.fields.push_back(std::move(cells[i]));
    }
    rows.push_back(std::move(row));
  }
  return finish(Market::miso, std::move(rows));
}

}  // namespace

void parse_miso(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  tick.product = row.required("product");
  if (tick.product == "RT5M") {
    tick.location_type = "CPNODE";
    tick.location = row.required("CPNODE");
    tick.raw_time = row.required("INTERVAL");
    tick.interval_len = 300;
    if (row.ok()) tick.interval_start = row.take(parse_iso(tick.raw_time, Zone::est));
  } else {
    tick.location_type = row.required("Type");
    tick.location = row.required("Node");
    tick.raw_time = row.required("Date");
    tick.interval_len = 3600;
    const auto hour = row.integer("HE");
    auto local = parse_us_time(tick.raw_time);
    if (!local || hour < 1 || hour > 24)
      row.fail(fault::kValidation, "invalid_time",
               fmt::format("{} HE {} is no hour of a day", tick.raw_time.substr(0, 32), hour));
    else
      tick.interval_start = row.utc(
          Zone::est, {local->year, local->month, local->day, static_cast<int>(hour) - 1, 0, 0}, Fold::none);
  }
  if (tick.product == "RTH_PRELIM") tick.quality |= quality::kPreliminary;
  tick.price = row.decimal("LMP");
  tick.congestion = row.decimal_if("MCC");
  tick.loss = row.decimal_if("MLC");
  if (tick.congestion && tick.loss) {
    tick.energy = tick.price - *tick.congestion - *tick.loss;
    tick.energy_derived = true;
  }
}

bool is_miso(std::string_view text) {
  if (text.starts_with("Day Ahead Market Ex") || text.starts_with("Realtime Market LMPs") ||
      text.starts_with("Real-Time Market LMPs") || text.starts_with("Realtime Market Prelim"))
    return true;
  const auto tail = text.substr(text.size() > 4096 ? text.size() - 4096 : 0);
  return text.starts_with("{") &&
         (tail.find("\"CPNODE\"") != tail.npos || text.substr(0, 4096).find("\"CPNODE\"") != text.npos);
}

Result<RawFile> read_miso(std::string_view name, std::string_view text) {
  return text.starts_with("{") ? read_five_minutes(name, text) : read_report(name, text);
}

}  // namespace dpctl::pipeline::markets
