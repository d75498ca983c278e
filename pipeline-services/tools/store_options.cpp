#include "pipeline-services/tools/store_options.hpp"

#include <CLI/CLI.hpp>

namespace dpctl::pipeline {

void StoreOptions::declare_server(CLI::App& app) {
  app.add_option("--clickhouse", clickhouse.url, "HTTP interface")
      ->envname("DATA_PROC_CLICKHOUSE_URL")
      ->capture_default_str();
  app.add_option("--user", clickhouse.user, "its user")
      ->envname("DATA_PROC_CLICKHOUSE_USER")
      ->capture_default_str();
  app.add_option("--password", clickhouse.password, "its password; better by the variable")
      ->envname("DATA_PROC_CLICKHOUSE_PASSWORD");
  app.add_option("--database", clickhouse.database, "database")
      ->envname("DATA_PROC_CLICKHOUSE_DATABASE")
      ->capture_default_str();
}

void StoreOptions::declare_range(CLI::App& app) {
  app.add_option("--from", from, "event times from here on: ISO 8601, UTC when it names no zone")->required();
  app.add_option("--to", to, "and before this")->required();
  app.add_option("--tenant", tenant, "only of this tenant");
  app.add_option("--instrument", instrument, "only this instrument_id");
  app.add_option("--market", market, "only this market, in capitals as it is stored");
}

Result<StoredRange> StoreOptions::range() const {
  StoredRange range{.tenant = tenant, .market = market};
  if (!instrument.empty()) range.instruments.push_back(instrument);
  for (const auto& [flag, text, member] : {std::tuple{"--from", &from, &range.from}, {"--to", &to, &range.to}}) {
    const auto at = parse_iso(*text);
    if (!at)
      return fail(Code::usage, "{} is no time", flag)
          .because(at.error())
          .hint("write it as 2026-02-27 or 2026-02-27T05:00:00Z");
    *member = *at;
  }
  if (range.from >= range.to)
    return fail(Code::usage, "the range is empty: --from {} is not before --to {}", from, to);
  return range;
}

}  // namespace dpctl::pipeline
