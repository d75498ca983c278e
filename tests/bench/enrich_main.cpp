// What a lookup of an instrument costs, for tests/bench/enrich.
//
//   bench_enrich hit INSTRUMENTS LOOKUPS      nanoseconds of CPU a hit, instruments drawn by Zipf's law
//   bench_enrich even INSTRUMENTS LOOKUPS     the same, every instrument equally often
//   bench_enrich map INSTRUMENTS LOOKUPS      as hit, with a std::map by "tenant|instrument" as this cache
//   replaced bench_enrich fetch DSN REDIS_PORT TICKS   round trips for TICKS ticks in batches of 1,000 over
//   the rows of taxonomy_instruments bench_enrich each DSN TICKS               one query a tick, as the
//   original did; seconds
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>

#include "pipeline-services/core/classification_cache.hpp"
#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/enrichment/metadata_source.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;

namespace {

constexpr std::size_t kBatch = 1000;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double wall_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string instrument(std::size_t number) {
  return "NYISO.RT5M.GENERATOR." + std::to_string(1'000'000 + number);
}

/// Zipf's law with exponent 1.1 over 0…count−1, by the inverse of its continuous form.
std::vector<std::uint32_t> draw(std::size_t count, std::size_t draws, bool zipf) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  std::vector<std::uint32_t> drawn;
  const double last = std::pow(static_cast<double>(count), -0.1);
  for (std::size_t i = 0; i < draws; ++i) {
    const double at =
        zipf ? std::pow(1 - unit(random) * (1 - last), -10) - 1 : unit(random) * static_cast<double>(count);
    drawn.push_back(static_cast<std::uint32_t>(std::min(at, static_cast<double>(count - 1))));
  }
  return drawn;
}

int hit(std::size_t instruments, std::size_t lookups, bool zipf) {
  std::vector<std::string> names;
  ClassificationCache cache(2 * instruments + 2);
  const auto rules = TaxonomyRules::defaults();
  const auto made = rules.classify("default", "NYISO", instrument(0), nullptr);
  for (std::size_t i = 0; i < instruments; ++i) {
    names.push_back(instrument(i));
    cache.put({"default", "NYISO", names.back()}, made, 10);
  }
  const auto drawn = draw(instruments, lookups, zipf);
  // In batches, as Enricher looks them up.
  std::vector<InstrumentKey> keys;
  std::vector<const Classification*> found;
  std::size_t missed = 0;
  const double begin = cpu_seconds();
  for (std::size_t at = 0; at < drawn.size(); at += kBatch) {
    keys.clear();
    found.clear();
    for (std::size_t i = at; i < std::min(at + kBatch, drawn.size()); ++i)
      keys.push_back({"default", "NYISO", names[drawn[i]]});
    cache.find(keys, 1, found);
    missed += static_cast<std::size_t>(std::count(found.begin(), found.end(), nullptr));
  }
  const double took = cpu_seconds() - begin;
  if (missed != 0) return 1;
  std::printf("%.2f\n", took / static_cast<double>(lookups) * 1e9);
  return 0;
}

int map(std::size_t instruments, std::size_t lookups) {
  std::vector<std::string> names;
  std::map<std::string, InstrumentMetadata, std::less<>> rows;
  for (std::size_t i = 0; i < instruments; ++i) {
    names.push_back(instrument(i));
    rows["default|" + names.back()].commodity = "electricity";
  }
  const auto drawn = draw(instruments, lookups, true);
  std::size_t found = 0;
  const double begin = cpu_seconds();
  for (const auto number : drawn) found += rows.find("default|" + names[number])->second.commodity.size();
  const double took = cpu_seconds() - begin;
  if (found == 0) return 1;
  std::printf("%.2f\n", took / static_cast<double>(lookups) * 1e9);
  return 0;
}

std::string message(const std::string& id) {
  Tick tick;
  tick.tenant = "default";
  tick.market = "NYISO";
  tick.product = "RT5M";
  tick.instrument_id = id;
  tick.tick_id = "0000000000000000000000000000000000000000000000000000000000000001";
  tick.currency = "USD";
  tick.unit = "MWh";
  tick.event_time = tick.interval_start = 1'767'225'600'000'000;
  tick.price = Fixed::whole(20);
  std::string text;
  append_normalized(text, tick);
  return text;
}

/// The value of data_proc_taxonomy_lookups_total{store="postgres"}.
double lookups(const runtime::Metrics& metrics) {
  const auto text = metrics.text();
  const auto at = text.find(R"(store="postgres"} )");
  return at == std::string::npos ? 0 : std::atof(text.c_str() + text.find(' ', at) + 1);
}

int fetch(const char* dsn, int redis_port, std::size_t ticks) {
  runtime::Metrics metrics("enrichment", "bench");
  runtime::MetadataSource source({.dsn = dsn,
                                  .pool = {.min = 1, .max = 1},
                                  .redis = {.host = "10.99.0.1", .port = redis_port},
                                  .ttl_seconds = 60},
                                 metrics);
  io::Postgres postgres({.dsn = dsn});
  const auto rows = postgres.query("SELECT count(*) FROM taxonomy_instruments");
  if (!rows) return std::fprintf(stderr, "%s\n", one_line(rows.error()).c_str()), 1;
  const auto known = static_cast<std::size_t>(std::atoll((*rows)[0][0]->c_str()));
  Enricher enricher(4 * known);
  const auto rules = TaxonomyRules::defaults();
  // One in a hundred is of an instrument that has no row.
  const auto drawn = draw(known, ticks, false);
  for (const char* turn : {"cold", "warm"}) {
    const double asked = lookups(metrics), begin = wall_seconds();
    std::vector<std::string> texts(1000);
    std::vector<SourceMessage> messages(1000);
    EnrichOutput out;
    MetadataRows found;
    for (std::size_t at = 0; at + 1000 <= ticks; at += 1000) {
      for (std::size_t i = 0; i < 1000; ++i) {
        texts[i] = message(i % 100 == 99 ? "UNKNOWN." + std::to_string(drawn[at + i] % 1000)
                                         : instrument(drawn[at + i]));
        messages[i] = {.topic = "n", .key = {}, .value = texts[i]};
      }
      out.clear();
      found.clear();
      std::vector<runtime::MetadataSource::Wanted> wanted;
      for (const auto& one : enricher.begin(messages, rules, 1, out))
        wanted.emplace_back(one.tenant, one.instrument);
      if (const auto done = source.fetch(wanted, found); !done)
        return std::fprintf(stderr, "%s\n", one_line(done.error()).c_str()), 1;
      enricher.finish(found, {}, out);
    }
    std::printf("%s %.4f %.3f\n", turn, (lookups(metrics) - asked) / (static_cast<double>(ticks) / 1000),
                wall_seconds() - begin);
  }
  return 0;
}

int each(const char* dsn, std::size_t ticks) {
  io::Postgres postgres({.dsn = dsn});
  const double begin = wall_seconds();
  for (std::size_t i = 0; i < ticks; ++i) {
    const std::string parameters[] = {instrument(i)};
    if (!postgres.query(
            "SELECT commodity, region, product_tier FROM taxonomy_instruments WHERE instrument_id = $1",
            parameters))
      return 1;
  }
  std::printf("%.3f\n", wall_seconds() - begin);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 1 ? argv[1] : "";
  const auto number = [&](int at) { return static_cast<std::size_t>(std::atoll(argv[at])); };
  if ((verb == "hit" || verb == "even") && argc == 4) return hit(number(2), number(3), verb == "hit");
  if (verb == "map" && argc == 4) return map(number(2), number(3));
  if (verb == "fetch" && argc == 5) return fetch(argv[2], std::atoi(argv[3]), number(4));
  if (verb == "each" && argc == 4) return each(argv[2], number(3));
  return 2;
}
