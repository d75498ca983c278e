#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <memory>

#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/stored/compare.hpp"
#include "pipeline-services/tools/print_error.hpp"
#include "pipeline-services/tools/store_options.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  StoreOptions store;
  std::string intervals = "5m,1h,1d";
  std::string output = "table";
  std::size_t most = 20;
};

std::string_view name_of(BarDifference::Kind kind) {
  switch (kind) {
    case BarDifference::Kind::missing: return "missing";
    case BarDifference::Kind::unexpected: return "unexpected";
    case BarDifference::Kind::different: return "different";
  }
  return "different";
}

Result<VerifyReport> run(const Options& options) {
  DPCTL_CHECK(load_time_zones());
  VerifyOptions verify;
  DPCTL_TRY(verify.range, options.store.range());
  DPCTL_TRY(verify.intervals, parse_intervals(options.intervals));
  verify.most = options.most;
  io::ClickHouse store(options.store.clickhouse);
  return verify_bars(store, verify);
}

void print_json(const VerifyReport& report) {
  std::string out;
  JsonObject document(out);
  document.text("apiVersion", "dpctl/v1");
  document.text("kind", "BarVerification");
  for (const auto& [name, count] : {std::pair{"ticks", report.ticks}, {"bars", report.bars}, {"equal", report.equal},
                                    {"different", report.different}, {"missing", report.missing},
                                    {"unexpected", report.unexpected}})
    document.number(name, static_cast<std::int64_t>(count));
  std::string& list = document.raw("differences");
  list += '[';
  for (const auto& difference : report.differences) {
    if (list.back() != '[') list += ',';
    JsonObject row(list);
    row.text("kind", name_of(difference.kind));
    row.text("tenant", difference.tenant);
    row.text("instrument", difference.instrument_id);
    row.text("interval", pipeline::name_of(difference.interval));
    row.time("start", difference.start);
    row.text("what", difference.what);
    row.end();
  }
  list += ']';
  document.end();
  std::printf("%s\n", out.c_str());
}

void print_table(const VerifyReport& report) {
  for (const auto& difference : report.differences)
    std::printf("%-10s %-8s %-40s %s  %s\n", std::string(name_of(difference.kind)).c_str(),
                std::string(pipeline::name_of(difference.interval)).c_str(), difference.instrument_id.c_str(),
                iso(difference.start).c_str(), difference.what.c_str());
  std::printf("%llu ticks read, %llu stored bars: %llu equal, %llu different, %llu missing, %llu unexpected\n",
              static_cast<unsigned long long>(report.ticks), static_cast<unsigned long long>(report.bars),
              static_cast<unsigned long long>(report.equal), static_cast<unsigned long long>(report.different),
              static_cast<unsigned long long>(report.missing),
              static_cast<unsigned long long>(report.unexpected));
}

}  // namespace

Verb verify_verb() {
  return {"verify", "Compute bars anew from the stored ticks and compare them with the stored bars",
          [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            options->store.declare_server(app);
            options->store.declare_range(app);
            app.add_option("--interval", options->intervals,
                           "bars to compare: any of 1m, 5m, 15m, 1h, 1d, on_peak, off_peak, with commas")
                ->capture_default_str();
            app.add_option("--limit", options->most, "differences to print; all are counted")
                ->capture_default_str();
            app.add_option("-o,--output", options->output, "table or json")
                ->check(CLI::IsMember({"table", "json"}))
                ->capture_default_str();
            app.footer(
                "Only windows that lie inside the range are compared. Exit status 7 when a bar differs, is "
                "missing, or has no ticks.\n\nExample:\n  pipeline verify --from 2026-02-26T05:00:00Z --to "
                "2026-02-27T05:00:00Z --market NYISO");
            return [options] {
              const auto report = run(*options);
              if (!report) return print_error(report.error());
              options->output == "json" ? print_json(*report) : print_table(*report);
              return report->clean() ? kOk : kUnhealthy;
            };
          }};
}

}  // namespace dpctl::pipeline
