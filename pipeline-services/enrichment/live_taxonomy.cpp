#include "pipeline-services/enrichment/live_taxonomy.hpp"

#include "pipeline-services/core/contract/tables.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using namespace std::chrono_literals;

constexpr auto kRetry = 5s;  // when what could not be looked up is asked for again

MetadataSource::Options source_options(const Settings& settings) {
  return {.dsn = settings.postgres_dsn,
          .pool = settings.postgres_pool,
          .redis = settings.redis,
          .ttl_seconds = static_cast<int>(settings.instrument_ttl.count())};
}

}  // namespace

LiveTaxonomy::LiveTaxonomy(const Settings& settings, Metrics& metrics, const Log& log)
    : listen_dsn_(settings.postgres_listen_dsn.empty() ? settings.postgres_dsn
                                                       : settings.postgres_listen_dsn),
      connected_(!settings.postgres_dsn.empty()),
      rules_ttl_(settings.taxonomy_ttl),
      instrument_ttl_(settings.instrument_ttl),
      metrics_(metrics),
      log_(log),
      source_(source_options(settings), metrics),
      rules_(std::make_shared<const TaxonomyRules>(TaxonomyRules::defaults())) {}

void LiveTaxonomy::start() {
  if (!connected_) return;
  source_.warm();
  read_rules();  // before the first request is answered
  listener_ = std::make_unique<io::PostgresListener>(
      listen_dsn_, std::vector<std::string>{std::string(contract::kTaxonomyChanged)},
      io::PostgresListener::Callbacks{
          .notified = [this](std::string_view, std::string_view what) { heard(what); },
          .listening =
              [this](bool listening) {
                // What happened while nobody listened is not known.
                if (listening) forget_everything();
                listening_ = listening;
              }});
}

// "rules", "instruments", or "tenant<TAB>instrument".
void LiveTaxonomy::heard(std::string_view payload) {
  if (payload == "instruments") return forget_everything();
  const auto tab = payload.find('\t');
  if (tab != std::string_view::npos)
    source_.changed(std::string(payload.substr(0, tab)), std::string(payload.substr(tab + 1)));
  const std::scoped_lock lock(mutex_);
  if (tab == std::string_view::npos)
    rules_changed_ = true;
  else
    changed_.emplace_back(payload.substr(0, tab), payload.substr(tab + 1));
}

void LiveTaxonomy::forget_everything() {
  source_.all_changed();
  const std::scoped_lock lock(mutex_);
  all_changed_ = rules_changed_ = true;
}

void LiveTaxonomy::refresh(Enricher& enricher) {
  bool due = Clock::now() >= rules_until_;
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(all_changed_, false)) enricher.forget_all();
    for (const auto& [tenant, instrument] : changed_) enricher.forget(tenant, instrument);
    changed_.clear();
    due = std::exchange(rules_changed_, false) || due;
  }
  if (due && connected_) read_rules();
}

void LiveTaxonomy::read_rules() {
  auto fresh = source_.rules();
  rules_until_ = Clock::now() + (fresh ? rules_ttl_ : std::chrono::seconds(kRetry));
  if (!fresh) return complain(fresh.error());
  const std::scoped_lock lock(mutex_);
  rules_ = std::make_shared<const TaxonomyRules>(*std::move(fresh));
}

const MetadataRows& LiveTaxonomy::fetch(const std::vector<UnknownInstrument>& unknown) {
  rows_.clear();
  fetched_ = true;
  if (!connected_ || unknown.empty()) return rows_;
  metrics_.add(metric::kCacheHits, unknown.size(), {{"cache", "instrument"}, {"result", "miss"}});
  std::vector<MetadataSource::Wanted> wanted;
  for (const auto& one : unknown) wanted.emplace_back(one.tenant, one.instrument);
  if (auto done = source_.fetch(wanted, rows_); !done) {
    fetched_ = false;
    complain(done.error());
  }
  return rows_;
}

Enricher::Lifetimes LiveTaxonomy::lifetimes(Micros now) const {
  const auto after = [now](std::chrono::seconds span) { return now + span.count() * 1'000'000; };
  // Without a store nothing will ever change; without an answer it is asked again soon.
  if (!connected_) return {};
  if (!fetched_) return {.known = after(kRetry), .unknown = after(kRetry)};
  return {.known = after(instrument_ttl_), .unknown = after(instrument_ttl_)};
}

std::shared_ptr<const TaxonomyRules> LiveTaxonomy::shared_rules() const {
  const std::scoped_lock lock(mutex_);
  return rules_;
}

Result<Classification> LiveTaxonomy::classify(const std::string& tenant, const std::string& market,
                                              const std::string& instrument) {
  MetadataRows rows;
  if (connected_) DPCTL_CHECK(source_.fetch({{tenant, instrument}}, rows));
  return shared_rules()->classify(tenant, market, instrument, rows.find(tenant, instrument));
}

void LiveTaxonomy::complain(const Error& error) {
  metrics_.add(metric::kCacheHits, 1, {{"cache", "instrument"}, {"result", "error"}});
  if (Clock::now() < silent_until_) return;
  silent_until_ = Clock::now() + 10s;
  log_.warn("the taxonomy is not reachable; ticks are classified by the rules that are known", error);
}

}  // namespace dpctl::runtime
