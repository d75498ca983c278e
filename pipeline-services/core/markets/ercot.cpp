// ercot.cpp: settlement point prices of the public API, of the year's workbooks and of CSV reports; Central
// prevailing time, hour ending, "24:00" is midnight.
//
// DSTFlag (Repeated Hour Flag) marks the repeated hour, the second one in standard time, whatever its name
// suggests and in whatever order rows come. LZ and LZEW are two series of one zone.
#include <fmt/format.h>

#include <algorithm>

#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/json_file.hpp"
#include "pipeline-services/core/markets/markets.hpp"
#include "pipeline-services/core/markets/workbook.hpp"

namespace dpctl::pipeline::markets {
namespace {

std::string_view type_of(std::string_view point) {
  if (point.starts_with("HB_")) return "HU";
  if (point.starts_with("LZ_")) return "LZ";
  return "RN";
}

int hour_ending(Row& row, std::string_view text) {
  const auto hour = Scalar{Scalar::Kind::number, text.substr(0, text.find(':'))}.integer();
  if (hour && *hour >= 1 && *hour <= 24) return static_cast<int>(*hour);
  row.fail(fault::kValidation, "invalid_time",
           fmt::format("hour ending \"{}\" is not 1 to 24", text.substr(0, 16)));
  return 1;
}

/// SCED prices are for the time until the next run, about five minutes, and off the five-minute marks.
void parse_sced(Row& row, Tick& tick) {
  tick.product = "SCED5M";
  tick.interval_len = 300;
  tick.raw_time = row.required("SCEDTimestamp");
  tick.price = row.decimal("LMP");
  const auto local = parse_us_time(tick.raw_time);
  if (row.ok() && !local) row.fail(fault::kValidation, "invalid_time", "SCEDTimestamp is no time");
  if (!row.ok()) return;
  tick.interval_start = row.utc(Zone::central, *local, row.truth("DSTFlag") ? Fold::second : Fold::first);
  tick.off_grid = tick.interval_start % (300 * kSecond) != 0;
}

/// A date as the API ("2025-11-02") or the files ("11/02/2025") write it.
std::optional<LocalTime> day_of(std::string_view text) {
  if (auto us = parse_us_time(text)) return us;
  const auto midnight = parse_iso(text.substr(0, 10));
  if (!midnight) return {};
  const auto day = local_hour(Zone::utc, *midnight).date;
  return LocalTime{day / 10'000, day / 100 % 100, day % 100};
}

}  // namespace

void parse_ercot(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  tick.location = row.required("settlementPoint");
  const auto published = row.text("settlementPointType");
  tick.location_type = published.empty() ? type_of(tick.location) : published;
  if (!row.text("SCEDTimestamp").empty()) return parse_sced(row, tick);
  const auto date = row.required("deliveryDate");
  const auto day = day_of(date);
  if (row.ok() && !day)
    row.fail(fault::kValidation, "invalid_time", fmt::format("\"{}\" is no date", date.substr(0, 32)));
  const bool day_ahead = row.text("deliveryInterval").empty();
  tick.product = day_ahead ? "DAM" : "RTM15";
  tick.interval_len = day_ahead ? 3600 : 900;
  const auto hour_text = day_ahead ? row.required("hourEnding") : row.required("deliveryHour");
  tick.raw_time = hour_text;
  const int hour = hour_ending(row, hour_text);
  std::int64_t quarter = 1;
  if (!day_ahead) {
    quarter = row.integer("deliveryInterval");
    if (quarter < 1 || quarter > 4)
      row.fail(fault::kValidation, "invalid_time", "deliveryInterval is not 1 to 4");
  }
  tick.price = row.decimal("settlementPointPrice");
  if (!row.ok()) return;
  const LocalTime local{day->year, day->month, day->day, hour - 1, static_cast<int>(quarter - 1) * 15, 0};
  tick.interval_start = row.utc(Zone::central, local, row.truth("DSTFlag") ? Fold::second : Fold::first);
}

namespace {

/// The API's name of a column, which the files spell with blanks, capitals, or other words.
std::string api_name(std::string_view published) {
  std::string folded;
  for (const char c : published)
    if (c != ' ') folded += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::pair<std::string_view, std::string_view> kNames[]{
      {"deliverydate", "deliveryDate"},
      {"hourending", "hourEnding"},
      {"deliveryhour", "deliveryHour"},
      {"deliveryinterval", "deliveryInterval"},
      {"repeatedhourflag", "DSTFlag"},
      {"dstflag", "DSTFlag"},
      {"settlementpoint", "settlementPoint"},
      {"settlementpointname", "settlementPoint"},
      {"settlementpointtype", "settlementPointType"},
      {"settlementpointprice", "settlementPointPrice"}};
  for (const auto& [spelled, name] : kNames)
    if (spelled == folded) return std::string(name);
  return std::string(published);
}

/// Is it the header of a table of settlement point prices?
bool is_header(const std::vector<std::string>& cells) {
  const auto has = [&](std::string_view name) {
    return std::any_of(cells.begin(), cells.end(), [&](const auto& cell) { return api_name(cell) == name; });
  };
  return has("settlementPoint") && (has("settlementPointPrice") || has("SCEDTimestamp"));
}

std::vector<std::string> api_names(const std::vector<std::string>& cells) {
  std::vector<std::string> names;
  for (const auto& cell : cells) names.push_back(api_name(cell));
  return names;
}

Result<RawFile> read_sheets(std::string_view name, std::string_view bytes) {
  DPCTL_TRY(auto sheets, read_workbook(name, bytes));
  std::vector<RawRow> rows;
  for (auto& sheet : sheets) {
    if (sheet.empty() || !is_header(sheet.front()))
      return fail(Code::usage, "the workbook is no table of ERCOT's settlement point prices")
          .at({.subject = std::string(name)});
    const auto header = api_names(sheet.front());
    for (std::size_t i = 1; i < sheet.size(); ++i) {
      sheet[i].resize(header.size());
      rows.push_back(row_of(header, sheet[i], {{"report", "workbook"}}));
    }
    sheet.clear();
  }
  return finish(Market::ercot, std::move(rows));
}

Result<RawFile> read_csv(std::string_view name, std::string_view text) {
  CsvReader csv(name, text);
  DPCTL_TRY(const bool any, csv.next());
  if (!any) return csv.bad("the file is empty");
  const auto header = api_names(csv.cells());
  std::vector<RawRow> rows;
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) break;
    if (csv.blank()) continue;
    if (csv.cells().size() != header.size())
      return csv.bad(fmt::format("{} cells, the header has {}", csv.cells().size(), header.size()));
    rows.push_back(row_of(header, csv.cells(), {{"report", "csv"}}));
  }
  return finish(Market::ercot, std::move(rows));
}

Result<RawFile> read_api(std::string_view name, std::string_view text) {
  DPCTL_TRY(auto table, read_json_table(name, text, "fields", "data"));
  std::vector<RawRow> rows;
  rows.reserve(table.rows.size());
  for (auto& cells : table.rows) {
    RawRow row;
    row.fields.push_back({"report", table.report.empty() ? "ercot" : table.report});
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].name = table.columns[i];
      row.fields.push_back(std::move(cells[i]));
    }
    rows.push_back(std::move(row));
  }
  return finish(Market::ercot, std::move(rows));
}

}  // namespace

bool is_ercot(std::string_view text) {
  if (is_workbook(text) || text.substr(0, 4096).find("\"reportEMIL\"") != text.npos) return true;
  CsvReader csv("", text.substr(0, text.find('\n')));
  const auto any = csv.next();
  return any && *any && is_header(csv.cells());
}

Result<RawFile> read_ercot(std::string_view name, std::string_view text) {
  if (is_workbook(text)) return read_sheets(name, text);
  return text.starts_with("{") ? read_api(name, text) : read_csv(name, text);
}

}  // namespace dpctl::pipeline::markets
