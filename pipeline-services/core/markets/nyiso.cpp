// nyiso.cpp: zonal and generator LBMP files, Eastern prevailing time.
//
// LBMP = energy + losses − congestion: the congestion column changes sign here, and energy, which is not
// printed, follows. Hourly files are stamped with the interval's start, five-minute files with its end. The
// three kinds have the same columns, so the file's name tells the product; and an hour that occurs twice can
// be told apart only by the order of rows.
#include <fmt/format.h>

#include <map>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {
namespace {

constexpr std::string_view kStamp = "Time Stamp";
constexpr std::string_view kHourStamp = "Eastern Date Hour";  // the custom report

void set_prices(Row& row, Tick& tick, std::string_view price, std::string_view losses,
                std::string_view congestion) {
  tick.price = row.decimal(price);
  tick.loss = row.decimal_if(losses);
  if (const auto published = row.decimal_if(congestion)) tick.congestion = -*published;
  if (tick.loss && tick.congestion) {
    tick.energy = tick.price - *tick.loss - *tick.congestion;
    tick.energy_derived = true;
  }
}

Micros stamp(Row& row, std::string_view text, Fold fold) {
  const auto local = parse_us_time(text);
  if (!local) {
    row.fail(fault::kValidation, "invalid_time",
             fmt::format("\"{}\" is no NYISO time stamp", text.substr(0, 64)));
    return 0;
  }
  return row.utc(Zone::eastern, *local, fold);
}

void parse_custom(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  tick.product = "DAM";
  tick.location_type = "ZONE";
  tick.location = row.required("Zone Name");
  tick.raw_time = row.required(kHourStamp);
  const auto zone = row.required("Eastern Date Hour Time Zone");
  tick.interval_start = stamp(row, tick.raw_time, zone == "EST" ? Fold::second : Fold::first);
  tick.interval_len = 3600;
  set_prices(row, tick, "DAM Zonal LBMP", "DAM Zonal Losses", "DAM Zonal Congestion");
  if (!row.text("DAM Zonal Price Version").empty()) {
    tick.revision = row.integer("DAM Zonal Price Version");
    draft.versioned = true;
  }
}

struct Kind {
  std::string_view report, product;
};
constexpr Kind kKinds[]{{"damlbmp", "DAM"}, {"rtlbmp", "RTH"}, {"realtime", "RT5M"}};

bool occurs_twice(std::string_view text) {
  const auto local = parse_us_time(text);
  if (!local) return false;
  const auto utc = to_utc(Zone::eastern, *local, Fold::none);
  return !utc && utc.error().code == Code::conflict;
}

/// Per location: has the clock gone back since the repeated hour began?
class RepeatedHour {
 public:
  /// "", "false" (first pass) or "true" (second pass).
  std::string_view of(const std::string& location, std::string_view stamp_text) {
    if (!occurs_twice(stamp_text)) return {};
    const auto at = as_if_utc(*parse_us_time(stamp_text)).value_or(0);
    auto [last, first_seen] = last_.try_emplace(location, Last{at, false});
    if (!first_seen) {
      if (at <= last->second.at) last->second.second_pass = true;
      last->second.at = at;
    }
    return last->second.second_pass ? "true" : "false";
  }

 private:
  struct Last {
    Micros at;
    bool second_pass;
  };
  std::map<std::string, Last> last_;
};

}  // namespace

void parse_nyiso(Row& row, Draft& draft) {
  if (!row.text(kHourStamp).empty()) return parse_custom(row, draft);
  Tick& tick = draft.tick;
  tick.product = row.required("product");
  tick.location_type = row.required("location_type");
  tick.location = row.required("Name");
  tick.raw_time = row.required(kStamp);
  const auto repeated = row.text("repeated_hour");
  const Fold fold = repeated == "true" ? Fold::second : repeated == "false" ? Fold::first : Fold::none;
  tick.interval_start = stamp(row, tick.raw_time, fold);
  tick.interval_len = 3600;
  if (tick.product == "RT5M") {
    tick.interval_len = 300;
    tick.interval_start -= 300 * kSecond;
    tick.off_grid = tick.interval_start % (300 * kSecond) != 0;
  }
  set_prices(row, tick, "LBMP ($/MWHr)", "Marginal Cost Losses ($/MWHr)",
             "Marginal Cost Congestion ($/MWHr)");
}

bool is_nyiso(std::string_view text) {
  const auto head = text.substr(0, 512);
  return head.find("LBMP") != head.npos &&
         (head.find(kStamp) != head.npos || head.find(kHourStamp) != head.npos);
}

Result<RawFile> read_nyiso(std::string_view name, std::string_view text) {
  CsvReader csv(name, text);
  DPCTL_TRY(const bool any, csv.next());
  if (!any) return csv.bad("the file is empty");
  const auto header = csv.cells();
  const bool custom = header.front() == kHourStamp;
  std::vector<RawRow::Field> extra{{"report", "custom"}};
  if (!custom) {
    const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                    [&](const Kind& k) { return name.find(k.report) != name.npos; });
    if (kind == std::end(kKinds))
      return csv.bad("the file's name does not tell the product")
          .hint("name it as NYISO does: *damlbmp_zone.csv, *rtlbmp_zone.csv or *realtime_zone.csv");
    extra = {{"report", std::string(kind->report)},
             {"product", std::string(kind->product)},
             {"location_type", name.find("_gen") != name.npos ? "GEN" : "ZONE"}};
  }
  std::vector<RawRow> rows;
  RepeatedHour repeated;
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) break;
    if (csv.blank()) continue;
    if (csv.cells().size() != header.size())
      return csv.bad(fmt::format("{} cells, the header has {}", csv.cells().size(), header.size()));
    RawRow row = row_of(header, csv.cells(), extra);
    if (!custom && csv.cells().size() > 1)
      if (const auto pass = repeated.of(csv.cells()[1], csv.cells()[0]); !pass.empty())
        row.fields.push_back({"repeated_hour", std::string(pass), false});
    rows.push_back(std::move(row));
  }
  return finish(Market::nyiso, std::move(rows));
}

}  // namespace dpctl::pipeline::markets
