// caiso.cpp: OASIS price reports, CSV and XML; instants are GMT, which settles every question of daylight
// time.
//
// A report has one row per LMP_TYPE; a row here is one node's interval with all of them joined. The price
// column is called MW, PRC or VALUE, depending on the report.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/markets/csv.hpp"
#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {
namespace {

constexpr std::string_view kStart = "INTERVALSTARTTIME_GMT";
constexpr std::string_view kEnd = "INTERVALENDTIME_GMT";

std::string_view location_type(std::string_view node) {
  if (node.starts_with("TH_")) return "HUB";
  if (node.starts_with("DLAP_")) return "LAP";
  if (node.ends_with("-APND") || node.ends_with("_APND")) return "APNODE";
  return "PNODE";
}

/// Collects the rows of one node's interval.
class Joiner {
 public:
  void add(const std::string& start, const std::string& end, const std::string& node, const std::string& run,
           const std::string& type, const std::string& price) {
    const auto [found, fresh] = index_.try_emplace(start + "\n" + node + "\n" + run, rows_.size());
    if (fresh) {
      RawRow row;
      row.fields = {{"report", "PRC_LMP"},
                    {std::string(kStart), start},
                    {std::string(kEnd), end},
                    {"NODE", node},
                    {"MARKET_RUN_ID", run}};
      rows_.push_back(std::move(row));
    }
    rows_[found->second].fields.push_back({type, price});
  }
  std::vector<RawRow> take() { return std::move(rows_); }

 private:
  std::map<std::string, std::size_t> index_;
  std::vector<RawRow> rows_;
};

Result<RawFile> read_csv(std::string_view name, std::string_view text) {
  CsvReader csv(name, text);
  DPCTL_TRY(const bool any, csv.next());
  if (!any) return csv.bad("the file is empty");
  const auto header = csv.cells();
  const auto column = [&](std::string_view wanted) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), wanted) - header.begin());
  };
  const auto start = column(kStart), end = column(kEnd), node = column("NODE"), run = column("MARKET_RUN_ID"),
             type = column("LMP_TYPE");
  auto price = column("MW");
  for (const std::string_view other : {"PRC", "VALUE"})
    if (price >= header.size()) price = column(other);
  if (std::max({start, end, node, run, type, price}) >= header.size())
    return csv.bad("the header lacks a column of OASIS price reports")
        .hint("needed: {}, {}, NODE, MARKET_RUN_ID, LMP_TYPE and MW, PRC or VALUE", kStart, kEnd);
  Joiner joiner;
  while (true) {
    DPCTL_TRY(const bool more, csv.next());
    if (!more) break;
    if (csv.blank()) continue;
    const auto& cells = csv.cells();
    if (cells.size() != header.size())
      return csv.bad(fmt::format("{} cells, the header has {}", cells.size(), header.size()));
    joiner.add(cells[start], cells[end], cells[node], cells[run], cells[type], cells[price]);
  }
  return finish(Market::caiso, joiner.take());
}

/// The text between <tag> and </tag> from `from` on; moves `from` behind it. OASIS writes flat elements
/// without attributes.
std::optional<std::string_view> element(std::string_view text, std::string_view tag) {
  const std::string open = fmt::format("<{}>", tag);
  const auto begin = text.find(open);
  if (begin == text.npos) return {};
  const auto from = begin + open.size();
  const auto end = text.find(fmt::format("</{}>", tag), from);
  if (end == text.npos) return {};
  return text.substr(from, end - from);
}

std::string_view lmp_type(std::string_view item) {
  constexpr std::pair<std::string_view, std::string_view> kItems[]{{"LMP_PRC", "LMP"},
                                                                   {"LMP_ENE_PRC", "MCE"},
                                                                   {"LMP_CONG_PRC", "MCC"},
                                                                   {"LMP_LOSS_PRC", "MCL"},
                                                                   {"LMP_GHG_PRC", "MGHG"}};
  for (const auto& [published, type] : kItems)
    if (published == item) return type;
  return {};
}

Result<RawFile> read_xml(std::string_view name, std::string_view text) {
  const auto bad = [&](std::string_view what) {
    return fail(Code::failed, "{}", what).at({.subject = std::string(name)});
  };
  const auto run = element(text, "MKT_TYPE");
  if (!run) return bad("the report names no MKT_TYPE");
  if (text.find("</OASISReport>") == text.npos) return bad("the report is cut short");
  Joiner joiner;
  while (true) {
    const auto data = element(text, "REPORT_DATA");
    if (!data) break;
    text.remove_prefix(static_cast<std::size_t>(data->data() + data->size() - text.data()));
    const auto item = element(*data, "DATA_ITEM"), node = element(*data, "RESOURCE_NAME"),
               start = element(*data, "INTERVAL_START_GMT"), end = element(*data, "INTERVAL_END_GMT"),
               value = element(*data, "VALUE");
    if (!item || !node || !start || !end || !value) return bad("a REPORT_DATA lacks an element");
    if (const auto type = lmp_type(*item); !type.empty())
      joiner.add(std::string(*start), std::string(*end), std::string(*node), std::string(*run),
                 std::string(type), std::string(*value));
  }
  return finish(Market::caiso, joiner.take());
}

}  // namespace

void parse_caiso(Row& row, Draft& draft) {
  Tick& tick = draft.tick;
  const auto run = row.required("MARKET_RUN_ID");
  tick.product = run == "RTM" ? "RTD" : run;
  tick.location = row.required("NODE");
  tick.location_type = location_type(tick.location);
  tick.raw_time = row.required(kStart);
  const auto end_text = row.required(kEnd);
  tick.price = row.decimal("LMP");
  tick.energy = row.decimal_if("MCE");
  tick.congestion = row.decimal_if("MCC");
  tick.loss = row.decimal_if("MCL");
  tick.ghg = row.decimal_if("MGHG");
  if (!row.ok()) return;
  tick.interval_start = row.take(parse_iso(tick.raw_time));
  const Micros length = row.take(parse_iso(end_text)) - tick.interval_start;
  if (row.ok() && (length <= 0 || length > kDay))
    row.fail(fault::kValidation, "invalid_time", "the interval does not end after its start within a day");
  tick.interval_len = row.ok() ? static_cast<std::int32_t>(length / kSecond) : 0;
}

bool is_caiso(std::string_view text) {
  const auto head = text.substr(0, 1024);
  return head.find(kStart) != head.npos || head.find("<OASISReport") != head.npos;
}

Result<RawFile> read_caiso(std::string_view name, std::string_view text) {
  return text.substr(0, 64).find("<?xml") != text.npos || text.starts_with("<") ? read_xml(name, text)
                                                                                : read_csv(name, text);
}

}  // namespace dpctl::pipeline::markets
