#include "pipeline-services/enrichment/metadata_source.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/tables.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using namespace std::chrono_literals;

constexpr const char* kRulesSql =
    "SELECT 'commodity', tenant_id, token, commodity, priority FROM taxonomy_commodity_rules WHERE active "
    "UNION ALL SELECT 'region', tenant_id, token, region, priority FROM taxonomy_region_rules WHERE active "
    "ORDER BY 1, 2, 3";
// One row for each pair asked for, in any order; the last column is when it was read.
constexpr const char* kInstrumentsSql =
    "SELECT asked.tenant_id, asked.instrument_id, t.instrument_id IS NOT NULL, t.commodity, t.region, "
    "t.product_tier, "
    "t.unit, t.contract_size::text, t.tick_size::text, (extract(epoch FROM clock_timestamp()) * "
    "1000000)::bigint "
    "FROM unnest($1::text[], $2::text[]) AS asked (tenant_id, instrument_id) "
    "LEFT JOIN taxonomy_instruments t ON t.tenant_id = asked.tenant_id AND t.instrument_id = "
    "asked.instrument_id "
    "AND t.active";
constexpr auto kDistrust =
    5s;  // how long after a change Redis may still hold what a slower replica read before it
constexpr auto kRedisPause = 1s;
constexpr char kCell = '\x1f';
constexpr std::string_view kNoRow = "-";

std::string redis_key(const MetadataSource::Wanted& wanted) {
  return "metadata:" + contract::key_part(wanted.first) + ":" + contract::key_part(wanted.second);
}

std::optional<Fixed> decimal(std::string_view text) {
  return text.empty() ? std::nullopt : Fixed::parse(text);
}

/// The six cells of a row, or kNoRow.
std::string cells_of(const io::PostgresRow& row) {
  if (row[2] != "t") return std::string(kNoRow);
  std::string text;
  for (std::size_t i = 3; i < 9; ++i) (text += i == 3 ? "" : std::string(1, kCell)) += row[i].value_or("");
  return text;
}

void put_cells(MetadataRows& rows, const MetadataSource::Wanted& wanted, std::string_view text) {
  if (text == kNoRow) return;
  const auto cells = split(text, kCell);
  if (cells.size() != 6) return;
  rows.put(wanted.first, wanted.second,
           {.commodity = std::string(cells[0]),
            .region = std::string(cells[1]),
            .product_tier = std::string(cells[2]),
            .unit = std::string(cells[3]),
            .contract_size = decimal(cells[4]),
            .tick_size = decimal(cells[5])});
}

template <class Number>
Number to_number(const std::optional<std::string>& text) {
  Number value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

}  // namespace

MetadataSource::MetadataSource(Options options, Metrics& metrics)
    : options_(std::move(options)),
      metrics_(metrics),
      postgres_(options_.pool, [dsn = options_.dsn] { return io::Postgres({.dsn = dsn}); }),
      redis_([this] {
        auto redis = options_.redis;
        redis.timeout = std::min(redis.timeout, std::chrono::milliseconds(500));  // PostgreSQL knows it too
        return redis;
      }()) {}

void MetadataSource::warm() {
  postgres_.warm([](io::Postgres& connection) { return connection.query("SELECT 1").has_value(); });
}

Result<void> MetadataSource::ping() {
  DPCTL_TRY(auto connection, postgres_.borrow());
  DPCTL_TRY(const auto rows, connection->query("SELECT 1 FROM taxonomy_region_rules LIMIT 1"));
  return {};
}

bool MetadataSource::believed(const Wanted& wanted) {
  const auto now = Clock::now();
  if (distrust_all_until_ > now) return false;
  const auto found = distrusted_.find(wanted);
  if (found == distrusted_.end()) return true;
  if (found->second > now) return false;
  distrusted_.erase(found);
  return true;
}

void MetadataSource::changed(const std::string& tenant, const std::string& instrument) {
  const std::scoped_lock lock(mutex_);
  if (distrusted_.size() > 10'000) distrusted_.clear(), distrust_all_until_ = Clock::now() + kDistrust;
  distrusted_[{tenant, instrument}] = Clock::now() + kDistrust;
}

void MetadataSource::all_changed() {
  const std::scoped_lock lock(mutex_);
  distrust_all_until_ = Clock::now() + kDistrust;
}

Result<void> MetadataSource::fetch(const std::vector<Wanted>& wanted, MetadataRows& rows) {
  if (wanted.empty()) return {};
  const auto missing = from_redis(wanted, rows);
  return missing.empty() ? Result<void>{} : from_postgres(missing, rows);
}

// Returns what is still missing. Redis is a convenience: when it does not answer it is left alone for a
// second.
std::vector<MetadataSource::Wanted> MetadataSource::from_redis(const std::vector<Wanted>& wanted,
                                                               MetadataRows& rows) {
  const std::scoped_lock lock(mutex_);
  if (redis_down_until_ > Clock::now()) return wanted;
  std::vector<Wanted> asked, missing;
  std::vector<std::string> keys;
  for (const auto& one : wanted) {
    if (!believed(one)) {
      missing.push_back(one);
      continue;
    }
    asked.push_back(one);
    keys.push_back(redis_key(one));
  }
  metrics_.add(metric::kLookups, keys.empty() ? 0 : 1, {{"store", "redis"}});
  const auto found = redis_.get_many(keys);
  if (!found || found->size() != asked.size()) {
    redis_down_until_ = Clock::now() + kRedisPause;
    return wanted;
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto value = (*found)[i] ? io::parse_versioned(keys[i], *(*found)[i]) : std::nullopt;
    if (value)
      put_cells(rows, asked[i], value->value);
    else
      missing.push_back(asked[i]);
  }
  metrics_.add(metric::kCacheHits, wanted.size() - missing.size(), {{"cache", "redis"}, {"result", "hit"}});
  metrics_.add(metric::kCacheHits, missing.size(), {{"cache", "redis"}, {"result", "miss"}});
  return missing;
}

Result<void> MetadataSource::from_postgres(const std::vector<Wanted>& wanted, MetadataRows& rows) {
  std::vector<std::string> tenants, ids;
  for (const auto& [tenant, id] : wanted) tenants.push_back(tenant), ids.push_back(id);
  const std::string parameters[] = {io::postgres_array(tenants), io::postgres_array(ids)};
  metrics_.add(metric::kLookups, 1, {{"store", "postgres"}});
  DPCTL_TRY(auto connection, postgres_.borrow());
  DPCTL_TRY(const auto answer, connection->query(kInstrumentsSql, parameters));
  std::vector<io::VersionedValue> values;
  for (const auto& row : answer) {
    const Wanted one{row[0].value_or(""), row[1].value_or("")};
    auto cells = cells_of(row);
    put_cells(rows, one, cells);
    values.push_back({.key = redis_key(one),
                      .value = std::move(cells),
                      .time = to_number<std::int64_t>(row[9]),
                      .ttl_seconds = options_.ttl_seconds});
  }
  to_redis(values);
  return {};
}

void MetadataSource::to_redis(const std::vector<io::VersionedValue>& values) {
  const std::scoped_lock lock(mutex_);
  if (redis_down_until_ > Clock::now()) return;
  constexpr std::size_t kTogether = 500;
  for (std::size_t from = 0; from < values.size(); from += kTogether) {
    const auto some = std::span(values).subspan(from, std::min(kTogether, values.size() - from));
    if (redis_.put_newer(some)) continue;
    redis_down_until_ = Clock::now() + kRedisPause;
    return;
  }
}

Result<TaxonomyRules> MetadataSource::rules() {
  metrics_.add(metric::kLookups, 1, {{"store", "postgres"}});
  DPCTL_TRY(auto connection, postgres_.borrow());
  DPCTL_TRY(const auto rows, connection->query(kRulesSql));
  const auto builtin = TaxonomyRules::defaults();
  std::vector<TaxonomyRule> rules;
  std::set<std::tuple<TaxonomyRule::Kind, std::string, std::string>> declared;
  Sha256 digest;
  for (const auto& row : rows) {
    for (const auto& cell : row) digest.update(cell.value_or("") + "\n");
    rules.push_back(
        {.kind = row[0] == "commodity" ? TaxonomyRule::Kind::commodity : TaxonomyRule::Kind::region,
         .tenant = row[1].value_or(""),
         .token = row[2].value_or(""),
         .value = row[3].value_or(""),
         .priority = to_number<int>(row[4])});
    declared.emplace(rules.back().kind, rules.back().tenant, to_lower(rules.back().token));
  }
  for (const auto& rule : builtin.rules())
    if (!declared.contains({rule.kind, rule.tenant, to_lower(rule.token)})) rules.push_back(rule);
  return TaxonomyRules(std::move(rules), builtin.version() + "+" + digest.finish_hex().substr(0, 12));
}

}  // namespace dpctl::runtime
