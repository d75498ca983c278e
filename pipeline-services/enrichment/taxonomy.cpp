#include "pipeline-services/enrichment/taxonomy.hpp"

#include <algorithm>
#include <charconv>

#include "lib/base/encoding.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

constexpr const char* kRulesSql =
    "SELECT 'commodity', tenant_id, token, commodity, priority FROM taxonomy_commodity_rules WHERE active "
    "UNION ALL SELECT 'region', tenant_id, token, region, priority FROM taxonomy_region_rules WHERE active "
    "ORDER BY 1, 2, 3";
constexpr const char* kInstrumentsSql =
    "SELECT tenant_id, instrument_id, commodity, region, product_tier, unit, contract_size::text, "
    "tick_size::text "
    "FROM taxonomy_instruments WHERE active AND instrument_id = ANY($1::text[]) AND tenant_id = "
    "ANY($2::text[])";

std::optional<Fixed> decimal(const std::optional<std::string>& text) {
  return text ? Fixed::parse(*text) : std::nullopt;
}

int to_int(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool same_rule(const TaxonomyRule& a, const TaxonomyRule& b) {
  return a.kind == b.kind && a.tenant == b.tenant && a.token == b.token;
}

}  // namespace

Taxonomy::Taxonomy(const std::string& dsn, std::chrono::seconds rules_ttl,
                   std::chrono::seconds instrument_ttl, Metrics& metrics, const Log& log)
    : postgres_({.dsn = dsn}),
      connected_(!dsn.empty()),
      rules_ttl_(rules_ttl),
      instrument_ttl_(instrument_ttl),
      metrics_(metrics),
      log_(log),
      catalog_(Catalog::with_defaults()) {}

const Catalog& Taxonomy::with(const std::vector<std::pair<std::string, std::string>>& instruments) {
  if (!connected_) return catalog_;
  const auto now = Clock::now();
  if (now >= instruments_until_ || now >= rules_until_) {
    asked_.clear();
    if (auto done = read_rules(); !done) complain(done.error());
  }
  std::vector<std::pair<std::string, std::string>> wanted;
  for (const auto& instrument : instruments)
    if (!asked_.contains(instrument)) wanted.push_back(instrument);
  metrics_.add(metric::kCacheHits, instruments.size() - wanted.size(),
               {{"cache", "instrument"}, {"result", "hit"}});
  if (wanted.empty()) return catalog_;
  metrics_.add(metric::kCacheHits, wanted.size(), {{"cache", "instrument"}, {"result", "miss"}});
  if (auto done = read_instruments(wanted); !done) complain(done.error());
  return catalog_;
}

// The tables add to the built-in rules and replace those with the same tenant and token.
Result<void> Taxonomy::read_rules() {
  DPCTL_TRY(const auto rows, postgres_.query(kRulesSql));
  Catalog fresh = Catalog::with_defaults();
  auto rules = fresh.rules();
  const auto builtin = rules.size();
  Sha256 digest;
  for (const auto& row : rows) {
    TaxonomyRule rule{
        .kind = *row[0] == "commodity" ? TaxonomyRule::Kind::commodity : TaxonomyRule::Kind::region,
        .tenant = *row[1],
        .token = *row[2],
        .value = *row[3],
        .priority = to_int(*row[4])};
    for (const auto& cell : row) digest.update(*cell + "\n");
    const auto end = rules.begin() + static_cast<std::ptrdiff_t>(builtin);
    const auto same =
        std::find_if(rules.begin(), end, [&](const auto& known) { return same_rule(known, rule); });
    if (same != end)
      *same = std::move(rule);
    else
      rules.push_back(std::move(rule));
  }
  fresh.set_rules(std::move(rules), fresh.rules_version() + "+" + digest.finish_hex().substr(0, 12));
  catalog_ = std::move(fresh);
  rules_until_ = Clock::now() + rules_ttl_;
  instruments_until_ = Clock::now() + instrument_ttl_;
  return {};
}

Result<void> Taxonomy::read_instruments(const std::vector<std::pair<std::string, std::string>>& wanted) {
  std::set<std::string> tenants;
  std::vector<std::string> ids;
  for (const auto& [tenant, id] : wanted) tenants.insert(tenant), ids.push_back(id);
  const std::vector<std::string> tenant_list(tenants.begin(), tenants.end());
  const std::string parameters[] = {io::postgres_array(ids), io::postgres_array(tenant_list)};
  DPCTL_TRY(const auto rows, postgres_.query(kInstrumentsSql, parameters));
  for (const auto& row : rows)
    catalog_.put(*row[0], *row[1],
                 {.commodity = row[2].value_or(""),
                  .region = row[3].value_or(""),
                  .product_tier = row[4].value_or(""),
                  .unit = row[5].value_or(""),
                  .contract_size = decimal(row[6]),
                  .tick_size = decimal(row[7])});
  asked_.insert(wanted.begin(), wanted.end());
  return {};
}

void Taxonomy::complain(const Error& error) {
  metrics_.add(metric::kCacheHits, 1, {{"cache", "instrument"}, {"result", "error"}});
  if (Clock::now() < silent_until_) return;
  silent_until_ = Clock::now() + std::chrono::seconds(10);
  log_.warn("the taxonomy is not reachable; ticks are classified by the rules that are known", error);
}

}  // namespace dpctl::runtime
