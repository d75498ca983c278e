#include "pipeline-services/projection/served_tables.hpp"

#include <charconv>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/runtime/rows.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

// TabSeparated: one row a line, tabs and line ends inside a value escaped.
constexpr std::string_view kPriceColumns =
    "SELECT tenant_id, instrument_id, market, product, location_type, location, currency, unit, "
    "toString(price), "
    "if(isNull(volume), '', toString(volume)), toUnixTimestamp64Micro(event_time), "
    "toUnixTimestamp64Micro(interval_start), interval, revision, quality FROM served_latest FINAL WHERE ";
constexpr std::size_t kPriceCount = 15;
constexpr std::string_view kViewColumns =
    "SELECT instrument_id, name, toUnixTimestamp64Micro(event_time), revision, data FROM served_projections "
    "FINAL WHERE ";
constexpr std::string_view kBarColumns =
    "SELECT formatDateTime(interval_start, '%Y-%m-%dT%H:%i:%SZ', 'UTC'), formatDateTime(interval_end, "
    "'%Y-%m-%dT%H:%i:%SZ', 'UTC'), toString(open), toString(high), toString(low), toString(close), "
    "if(isNull(volume), '', toString(volume)), if(isNull(vwap), '', toString(vwap)), toString(twap), "
    "tick_count, "
    "quality, revision, is_final, market, product, currency, unit FROM ";
constexpr std::size_t kBarCount = 17;

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The escapes of ClickHouse's TabSeparated.
std::string unescape(std::string_view cell) {
  std::string out;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] != '\\' || i + 1 == cell.size()) {
      out += cell[i];
      continue;
    }
    switch (const char c = cell[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case '0': out += '\0'; break;
      default: out += c;
    }
  }
  return out;
}

std::string bar_json(const std::vector<std::string_view>& cells) {
  std::string out;
  JsonObject bar(out);
  bar.text("interval_start", cells[0]);
  bar.text("interval_end", cells[1]);
  constexpr std::string_view kDecimals[] = {"open", "high", "low", "close", "volume", "vwap", "twap"};
  for (std::size_t i = 0; i < std::size(kDecimals); ++i)
    bar.decimal(kDecimals[i], Fixed::parse(cells[2 + i]));
  bar.number("trade_count", number(cells[9]));
  bar.number("quality_mask", number(cells[10]));
  bar.number("revision", number(cells[11]));
  bar.boolean("is_final", cells[12] == "true" || cells[12] == "1");
  constexpr std::string_view kTexts[] = {"market", "product", "currency", "unit"};
  for (std::size_t i = 0; i < std::size(kTexts); ++i) bar.text(kTexts[i], unescape(cells[13 + i]));
  bar.end();
  return out;
}

}  // namespace

io::VersionedValue versioned(const LatestPrice& latest) {
  return {.key = contract::latest_price_key(latest.tenant, latest.instrument_id),
          .value = latest_json(latest),
          .time = latest.event_time,
          .rank = rank_of(latest.interval),
          .revision = latest.revision};
}

io::VersionedValue versioned(const ServedView& view) {
  const ServedKey key{view.type, view.tenant, view.instrument_id, view.name, view.window};
  return {.key = key.redis_key(), .value = view.data, .time = view.event_time, .revision = view.revision};
}

ServedTables::ServedTables(const io::ClickHouseOptions& options, io::PoolLimits limits)
    : pool_(limits, [options] { return io::ClickHouse(options); }) {}

void ServedTables::warm() {
  pool_.warm([](io::ClickHouse& connection) { return connection.ping().has_value(); });
}

Result<std::vector<std::string>> ServedTables::lines(const std::string& sql, const Parameters& parameters) {
  DPCTL_TRY(auto connection, pool_.borrow());
  DPCTL_TRY(const auto answer, connection->query(sql + " FORMAT TabSeparated", parameters));
  std::vector<std::string> found;
  for (const auto line : split(answer, '\n'))
    if (!line.empty()) found.emplace_back(line);
  return found;
}

Result<std::vector<LatestPrice>> ServedTables::prices(const std::string& rest, const Parameters& parameters) {
  DPCTL_TRY(const auto rows, lines(std::string(kPriceColumns) + rest, parameters));
  std::vector<LatestPrice> found;
  for (const auto& row : rows) {
    const auto cells = split(row, '\t');
    if (cells.size() != kPriceCount)
      return fail(Code::failed, "served_latest answers {} columns, {} were asked for", cells.size(),
                  kPriceCount);
    LatestPrice price;
    std::string* const texts[] = {&price.tenant,        &price.instrument_id, &price.market,   &price.product,
                                  &price.location_type, &price.location,      &price.currency, &price.unit};
    for (std::size_t i = 0; i < std::size(texts); ++i) *texts[i] = unescape(cells[i]);
    price.price = Fixed::parse(cells[8]).value_or(Fixed{});
    price.volume = Fixed::parse(cells[9]);
    price.event_time = number(cells[10]);
    price.interval_start = number(cells[11]);
    price.interval = interval_of(cells[12]).value_or(Interval::m5);
    price.revision = number(cells[13]);
    price.quality = static_cast<quality::Mask>(number(cells[14]));
    found.push_back(std::move(price));
  }
  return found;
}

Result<std::optional<io::VersionedValue>> ServedTables::find(const ServedKey& key) {
  Parameters parameters{{"tenant", key.tenant}, {"instrument", key.instrument}};
  if (key.type == kLatestPriceType) {
    DPCTL_TRY(const auto found,
              prices("tenant_id = {tenant:String} AND instrument_id = {instrument:String}", parameters));
    if (found.empty()) return std::optional<io::VersionedValue>{};
    return std::optional(versioned(found.front()));
  }
  parameters.insert(parameters.end(), {{"type", key.type}, {"name", key.name}, {"window", key.window}});
  DPCTL_TRY(const auto rows,
            lines(std::string(kViewColumns) +
                      "tenant_id = {tenant:String} AND projection_type = {type:String} AND instrument_id = "
                      "{instrument:String} AND name = {name:String} AND window = {window:String}",
                  parameters));
  if (rows.empty()) return std::optional<io::VersionedValue>{};
  const auto cells = split(rows.front(), '\t');
  if (cells.size() != 5) return fail(Code::failed, "served_projections answers {} columns", cells.size());
  return std::optional(io::VersionedValue{.key = key.redis_key(),
                                          .value = unescape(cells[4]),
                                          .time = number(cells[2]),
                                          .revision = number(cells[3])});
}

Result<std::vector<std::string>> ServedTables::list_prices(const std::string& tenant,
                                                           const std::string& after, int limit) {
  DPCTL_TRY(
      const auto found,
      prices("tenant_id = {tenant:String} AND instrument_id > {after:String} ORDER BY instrument_id LIMIT "
             "{limit:UInt32}",
             {{"tenant", tenant}, {"after", after}, {"limit", std::to_string(limit)}}));
  std::vector<std::string> texts;
  for (const auto& price : found) texts.push_back(latest_json(price));
  return texts;
}

Result<std::vector<std::string>> ServedTables::list_curves(const std::string& tenant,
                                                           const std::string& instrument,
                                                           const std::string& horizon, int limit) {
  DPCTL_TRY(const auto rows,
            lines(std::string(kViewColumns) + "tenant_id = {tenant:String} AND projection_type = "
                                              "'curve_snapshot' AND ({instrument:String} = '' "
                                              "OR instrument_id = {instrument:String}) AND ({horizon:String} "
                                              "= '' OR name = {horizon:String}) "
                                              "ORDER BY instrument_id, name LIMIT {limit:UInt32}",
                  {{"tenant", tenant},
                   {"instrument", instrument},
                   {"horizon", horizon},
                   {"limit", std::to_string(limit)}}));
  std::vector<std::string> texts;
  for (const auto& row : rows) {
    const auto cells = split(row, '\t');
    if (cells.size() != 5) return fail(Code::failed, "served_projections answers {} columns", cells.size());
    texts.push_back(unescape(cells[4]));
  }
  return texts;
}

Result<std::vector<std::string>> ServedTables::bars(const BarQuery& query) {
  // The newest `limit` bars of the range, oldest first.
  const auto sql = fmt::format(
      "{}bars_{} FINAL WHERE tenant_id = {{tenant:String}} AND instrument_id = {{instrument:String}} AND "
      "interval_start "
      ">= fromUnixTimestamp64Micro({{from:Int64}}, 'UTC') AND interval_start < "
      "fromUnixTimestamp64Micro({{to:Int64}}, "
      "'UTC') ORDER BY interval_start DESC, market, product LIMIT {{limit:UInt32}}",
      kBarColumns, name_of(query.interval));
  DPCTL_TRY(const auto rows, lines(sql, {{"tenant", query.tenant},
                                         {"instrument", query.instrument},
                                         {"from", std::to_string(query.from)},
                                         {"to", std::to_string(query.to)},
                                         {"limit", std::to_string(query.limit)}}));
  std::vector<std::string> texts;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const auto cells = split(*row, '\t');
    if (cells.size() != kBarCount) return fail(Code::failed, "bars answer {} columns", cells.size());
    texts.push_back(bar_json(cells));
  }
  return texts;
}

}  // namespace dpctl::runtime
