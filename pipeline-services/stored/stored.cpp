// stored.cpp: rows of ClickHouse back into ticks and bars.
//
// TabSeparatedRaw: one row a line, empty for null. Names hold neither tabs nor line feeds, because a
// normalised instrument id cannot, and the other columns read here are ours. Decimals are read as text, so
// nothing passes through a double.
#include "pipeline-services/stored/stored.hpp"

#include <array>

#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/tables.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::string_view kTickColumns =
    "tenant_id, instrument_id, market, product, location_type, location, currency, unit, commodity, region, "
    "toString(tick_id), toUnixTimestamp64Micro(event_time), toUnixTimestamp64Micro(interval_start), "
    "interval_seconds, toString(price), ifNull(toString(volume), ''), ifNull(toString(bid), ''), "
    "ifNull(toString(ask), ''), revision, sequence, quality, toUInt8(superseded), symbol, source_system, "
    "product_tier, classification, rules_version, toString(confidence), toUnixTimestamp64Micro(normalized_at)";

constexpr std::string_view kBarColumns =
    "tenant_id, instrument_id, market, product, location_type, location, currency, unit, commodity, region, "
    "toUnixTimestamp64Micro(interval_start), toUnixTimestamp64Micro(interval_end), toString(open), "
    "toString(high), toString(low), toString(close), ifNull(toString(volume), ''), "
    "ifNull(toString(vwap), ''), toString(twap), ifNull(toString(bid_close), ''), "
    "ifNull(toString(ask_close), ''), tick_count, excluded_count, toUnixTimestamp64Micro(first_time), "
    "toUnixTimestamp64Micro(last_time), quality, revision, toUInt8(is_final)";

/// The cells of one row, one after the other; a cell that does not parse is remembered.
class Row {
 public:
  explicit Row(std::string_view line) : rest_(line) {}
  std::string_view text() {
    if (at_end_) {
      ok_ = false;
      return {};
    }
    const auto tab = rest_.find('\t');
    const auto cell = rest_.substr(0, tab);
    at_end_ = tab == std::string_view::npos;
    rest_ = at_end_ ? std::string_view() : rest_.substr(tab + 1);
    return cell;
  }
  std::int64_t number() {
    std::int64_t value = 0;
    ok_ = read_number(text(), value) && ok_;
    return value;
  }
  Fixed decimal() {
    const auto value = Fixed::parse(text());
    ok_ = ok_ && value.has_value();
    return value.value_or(Fixed{});
  }
  std::optional<Fixed> optional() {
    const auto cell = text();
    if (cell.empty()) return {};
    const auto value = Fixed::parse(cell);
    ok_ = ok_ && value.has_value();
    return value;
  }
  [[nodiscard]] bool done() const { return ok_ && at_end_; }

 private:
  std::string_view rest_;
  bool at_end_ = false, ok_ = true;
};

EnrichedTick tick_of(Row& row) {
  EnrichedTick tick;
  for (auto* member : {&tick.tenant, &tick.instrument_id, &tick.market, &tick.product, &tick.location_type,
                       &tick.location, &tick.currency, &tick.unit, &tick.commodity, &tick.region,
                       &tick.tick_id})
    *member = row.text();
  tick.event_time = row.number();
  tick.interval_start = row.number();
  tick.interval_len = static_cast<std::int32_t>(row.number());
  tick.price = row.decimal();
  tick.volume = row.optional();
  tick.bid = row.optional();
  tick.ask = row.optional();
  tick.revision = row.number();
  tick.sequence = row.number();
  tick.quality = static_cast<quality::Mask>(row.number());
  tick.superseded = row.number() != 0;
  for (auto* member : {&tick.symbol, &tick.source_system, &tick.product_tier, &tick.method, &tick.rules_version})
    *member = row.text();
  tick.confidence = row.decimal();
  tick.normalized_at = row.number();
  return tick;
}

Bar bar_of(Row& row, Interval interval) {
  Bar bar;
  bar.interval = interval;
  for (auto* member : {&bar.tenant, &bar.instrument_id, &bar.market, &bar.product, &bar.location_type,
                       &bar.location, &bar.currency, &bar.unit, &bar.commodity, &bar.region})
    *member = row.text();
  bar.start = row.number();
  bar.end = row.number();
  bar.open = row.decimal();
  bar.high = row.decimal();
  bar.low = row.decimal();
  bar.close = row.decimal();
  bar.volume = row.optional();
  bar.vwap = row.optional();
  bar.twap = row.decimal();
  bar.bid_close = row.optional();
  bar.ask_close = row.optional();
  bar.tick_count = row.number();
  bar.excluded_count = row.number();
  bar.first_time = row.number();
  bar.last_time = row.number();
  bar.quality = static_cast<quality::Mask>(row.number());
  bar.revision = row.number();
  bar.is_final = row.number() != 0;
  bar.revised = bar.revision > 0;
  return bar;
}

/// The conditions of a range, with its values as parameters.
struct Condition {
  std::string sql;
  std::vector<std::pair<std::string, std::string>> parameters;
};

Condition condition_of(const StoredRange& range, std::string_view from_column, std::string_view to_column,
                       bool to_inclusive) {
  Condition where;
  where.sql = fmt::format("{} >= fromUnixTimestamp64Micro({{from:Int64}}, 'UTC') AND {} {} "
                          "fromUnixTimestamp64Micro({{to:Int64}}, 'UTC')",
                          from_column, to_column, to_inclusive ? "<=" : "<");
  where.parameters = {{"from", std::to_string(range.from)}, {"to", std::to_string(range.to)}};
  for (const auto& [name, value] :
       {std::pair<std::string_view, const std::string*>{"tenant_id", &range.tenant},
        {"market", &range.market}}) {
    if (value->empty()) continue;
    where.sql += fmt::format(" AND {0} = {{{0}:String}}", name);
    where.parameters.emplace_back(name, *value);
  }
  std::string names;
  for (std::size_t i = 0; i < range.instruments.size(); ++i) {
    names += fmt::format("{}{{instrument_{}:String}}", i == 0 ? "" : ", ", i);
    where.parameters.emplace_back(fmt::format("instrument_{}", i), range.instruments[i]);
  }
  if (!names.empty()) where.sql += fmt::format(" AND instrument_id IN ({})", names);
  if (range.buckets > 1)
    where.sql += fmt::format(" AND cityHash64(tenant_id, instrument_id) % {} = {}", range.buckets, range.bucket);
  return where;
}

template <class T, class Read>
Result<std::vector<T>> rows_of(const std::string& answer, std::string_view table, Read&& read) {
  std::vector<T> rows;
  std::string_view rest = answer;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    Row row(rest.substr(0, end));
    rows.push_back(read(row));
    if (!row.done())
      return fail(Code::failed, "cannot read row {} of {}", rows.size(), table)
          .hint("is the database migrated by this version? dpctl migrate status");
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return rows;
}

}  // namespace

Result<std::uint64_t> count_ticks(io::ClickHouse& store, const StoredRange& range) {
  const auto where = condition_of(range, "event_time", "event_time", false);
  DPCTL_TRY(const auto answer,
            store.query(fmt::format("SELECT count() FROM {} WHERE {} FORMAT TabSeparatedRaw",
                                    contract::kEnrichedTicks, where.sql),
                        where.parameters));
  Row row(trim(answer));
  return static_cast<std::uint64_t>(row.number());
}

Result<std::shared_ptr<const StoredTicks>> read_ticks(io::ClickHouse& store, const StoredRange& range) {
  const auto where = condition_of(range, "event_time", "event_time", false);
  auto found = std::make_shared<StoredTicks>();
  DPCTL_TRY(found->answer,
            store.query(fmt::format("SELECT {} FROM {} FINAL WHERE {} ORDER BY tenant_id, instrument_id, "
                                    "event_time, tick_id FORMAT TabSeparatedRaw",
                                    kTickColumns, contract::kEnrichedTicks, where.sql),
                        where.parameters));
  DPCTL_TRY(found->ticks, rows_of<EnrichedTick>(found->answer, contract::kEnrichedTicks, tick_of));
  return std::shared_ptr<const StoredTicks>(std::move(found));
}

Result<void> read_bars(io::ClickHouse& store, Interval interval, const StoredRange& range,
                       const std::function<Result<void>(std::span<const Bar>)>& use) {
  const auto table = contract::bars_table(name_of(interval));
  const auto where = condition_of(range, "interval_start", "interval_end", true);
  DPCTL_TRY(const auto answer,
            store.query(fmt::format("SELECT {} FROM {} FINAL WHERE {} ORDER BY tenant_id, instrument_id, "
                                    "interval_start FORMAT TabSeparatedRaw",
                                    kBarColumns, table, where.sql),
                        where.parameters));
  DPCTL_TRY(const auto bars, rows_of<Bar>(answer, table, [&](Row& row) { return bar_of(row, interval); }));
  return use(bars);
}

}  // namespace dpctl::pipeline
