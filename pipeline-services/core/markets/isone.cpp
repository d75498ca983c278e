// isone.cpp: C/H/D/T record files with local hour endings ("02X" is the repeated hour), and the web services'
// JSON whose times carry their offset. All three components are printed.
#include <fmt/format.h>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/json_file.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {
namespace {

std::string product_of(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
  if (has("DALMP") || has("_da_") || has("DAHourly")) return "DAM";
  if (has("prelim")) return "RTH_PRELIM";
  if (has("RTLMP") || has("_rt_") || has("rt_final")) return "RTH_FINAL";
  return "";
}

void parse_record(Row& row, Tick& tick) {
  tick.location = row.required("Location Name");
  tick.location_type = row.required("Location Type");
  tick.raw_time = row.required("Date");
  auto hour_text = row.required("Hour Ending");
  const bool repeated = hour_text.ends_with('X');
  if (repeated) hour_text.remove_suffix(1);
  const auto hour = Scalar{Scalar::Kind::number, hour_text}.integer();
  const auto local = parse_us_time(tick.raw_time);
  if (!local || !hour || *hour < 1 || *hour > 24)
    row.fail(fault::kValidation, "invalid_time",
             fmt::format("{} hour ending {} is no hour of a day", tick.raw_time.substr(0, 32),
                         hour_text.substr(0, 8)));
  else
    tick.interval_start =
        row.utc(Zone::eastern, {local->year, local->month, local->day, static_cast<int>(*hour) - 1, 0, 0},
                repeated ? Fold::second : Fold::first);
  tick.price = row.decimal("Locational Marginal Price");
  tick.energy = row.decimal_if("Energy Component");
  tick.congestion = row.decimal_if("Congestion Component");
  tick.loss = row.decimal_if("Marginal Loss Component");
}

void parse_service(Row& row, Tick& tick) {
  tick.location = row.required("Location.$");
  tick.location_type = row.required("Location.@LocType");
  tick.raw_time = row.required("BeginDate");
  if (row.ok()) tick.interval_start = row.take(parse_iso(tick.raw_time, Zone::eastern));
  tick.price = row.decimal("LmpTotal");
  tick.energy = row.decimal_if("EnergyComponent");
  tick.congestion = row.decimal_if("CongestionComponent");
  tick.loss = row.decimal_if("LossComponent");
}

Failure nameless(std::string_view name) {
  return fail(Code::failed, "the file's name does not tell the product")
      .at({.subject = std::string(name)})
      .hint(
          "name it as ISO-NE does: WW_DALMP_ISO_*.csv, hourlylmp_da_final_*.json, "
          "hourlylmp_rt_prelim_*.json");
}

Result<std::vector<RawRow>> read_records(std::string_view name, std::string_view text,
                                         const std::string& product) {
  CsvReader csv(name, text);
  std::vector<std::string> header;
  std::vector<RawRow> rows;
  std::size_t data_lines = 0;
  bool ended = false;
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) break;
    const auto& cells = csv.cells();
    if (csv.blank() || cells[0] == "C") continue;
    if (cells[0] == "H") {
      if (header.empty()) header.assign(cells.begin() + 1, cells.end());  // the second H line holds kinds
    } else if (cells[0] == "D") {
      ++data_lines;
      if (cells.size() != header.size() + 1)
        return csv.bad(fmt::format("{} cells, the header has {}", cells.size() - 1, header.size()));
      rows.push_back(
          row_of(header, {cells.begin() + 1, cells.end()}, {{"report", "lmp"}, {"product", product}}));
    } else if (cells[0] == "T") {
      ended = true;
      const auto told = cells.size() > 1 ? Scalar{Scalar::Kind::number,
                                                  std::string_view(cells[1]).substr(0, cells[1].find(' '))}
                                               .integer()
                                         : std::nullopt;
      if (told && static_cast<std::size_t>(*told) != data_lines)
        return csv.bad(fmt::format("the trailer tells {} lines, there are {}", *told, data_lines))
            .hint("the file was cut or edited");
    } else {
      return csv.bad("record type \"" + cells[0].substr(0, 8) + "\" is not C, H, D or T");
    }
  }
  if (!ended) return csv.bad("the file has no trailer").hint("it was cut short");
  return rows;
}

}  // namespace

void parse_isone(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  tick.product = row.required("product");
  tick.interval_len = 3600;
  if (row.text("BeginDate").empty())
    parse_record(row, tick);
  else
    parse_service(row, tick);
  if (tick.product == "RTH_PRELIM") tick.quality |= quality::kPreliminary;
}

bool is_isone(std::string_view text) {
  const auto head = text.substr(0, 512);
  return head.starts_with("\"C\",") || head.find("\"HourlyLmp") != head.npos;
}

Result<RawFile> read_isone(std::string_view name, std::string_view text) {
  const std::string product = product_of(name);
  if (product.empty()) return nameless(name);
  if (text.starts_with("{")) {
    DPCTL_TRY(auto rows, read_json_objects(name, text));
    for (auto& row : rows) {
      row.fields.insert(row.fields.begin(), {"product", product});
      row.fields.insert(row.fields.begin(), {"report", "hourlylmp"});
    }
    return finish(Market::isone, std::move(rows));
  }
  DPCTL_TRY(auto rows, read_records(name, text, product));
  return finish(Market::isone, std::move(rows));
}

}  // namespace dpctl::pipeline::markets
