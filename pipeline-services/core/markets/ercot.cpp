// ercot.cpp: settlement point prices of the public API; Central prevailing time, hour ending, "24:00" is
// midnight.
//
// DSTFlag marks the repeated hour, the second one in standard time, whatever its name suggests and in
// whatever order rows come. LZ and LZEW are two series of one zone.
#include <fmt/format.h>

#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/json_file.hpp"
#include "pipeline-services/core/markets/markets.hpp"

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

}  // namespace

void parse_ercot(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  tick.location = row.required("settlementPoint");
  const auto published = row.text("settlementPointType");
  tick.location_type = published.empty() ? type_of(tick.location) : published;
  const auto date = row.required("deliveryDate");
  const auto midnight = parse_iso(date.substr(0, 10));
  if (row.ok() && !midnight) row.fail(fault::kValidation, "invalid_time", midnight.error().what);
  const bool day_ahead = row.text("deliveryInterval").empty();
  tick.product = day_ahead ? "DAM" : "RTM15";
  tick.interval_len = day_ahead ? 3600 : 900;
  const auto hour_text = row.required(day_ahead ? "hourEnding" : "deliveryHour");
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
  const auto day = local_hour(Zone::utc, *midnight).date;
  const LocalTime local{
      day / 10'000, day / 100 % 100, day % 100, hour - 1, static_cast<int>(quarter - 1) * 15, 0};
  tick.interval_start = row.utc(Zone::central, local, row.truth("DSTFlag") ? Fold::second : Fold::first);
}

bool is_ercot(std::string_view text) {
  const auto head = text.substr(0, 4096);
  return head.find("\"reportEMIL\"") != head.npos;
}

Result<RawFile> read_ercot(std::string_view name, std::string_view text) {
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

}  // namespace dpctl::pipeline::markets
