#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <memory>

#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/stored/derived_rows.hpp"
#include "pipeline-services/tools/print_error.hpp"
#include "pipeline-services/tools/store_options.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  StoreOptions store;
  std::string input, as_of, bootstrap;
  std::string tolerance = "0.01";
  int months = 0;
  int timeout_seconds = 60;
  bool smooth = false, publish = false;
};

Result<std::vector<ForwardCurve>> build(const Options& options) {
  DPCTL_CHECK(load_time_zones());
  DPCTL_TRY(const auto text, read_file(options.input));
  DPCTL_TRY(const auto quotes, read_quotes(text, options.input));
  const auto as_of = parse_day(options.as_of);
  if (!as_of) return fail(Code::usage, "--as-of \"{}\" is no date", options.as_of).hint("write 2026-11-29");
  const auto tolerance = Fixed::parse(options.tolerance);
  if (!tolerance || tolerance->units < 0)
    return fail(Code::usage, "--tolerance \"{}\" is no price", options.tolerance);
  return build_curves(
      quotes, {.as_of = *as_of, .smooth = options.smooth, .tolerance = *tolerance, .months = options.months});
}

/// To the topic and into the table. Both replace what is there of the same curve and day.
Result<void> publish(const Options& options, const std::vector<ForwardCurve>& curves) {
  if (options.bootstrap.empty())
    return fail(Code::usage, "--bootstrap is missing").hint("give it, or set DATA_PROC_KAFKA_BOOTSTRAP");
  DPCTL_TRY(auto producer, io::Producer::open({.bootstrap = options.bootstrap, .client_id = "pipeline-curves"}));
  io::ClickHouse store(options.store.clickhouse);
  io::RowBlock rows;
  for (const auto& curve : curves) {
    std::string value;
    append_curve(value, curve);
    DPCTL_CHECK(producer->send(contract::kCurvesTopic,
                               curve.tenant + "|" + curve.curve + "|" + std::string(name_of(curve.shape)), value));
    append_curve_rows(rows, curve);
  }
  std::string native;
  rows.encode(native);
  if (rows.rows() > 0)
    DPCTL_CHECK(store.insert(contract::kCurvePoints, rows.column_list(), native, sha256_hex(native)));
  return producer->flush(Deadline::after(std::chrono::seconds(options.timeout_seconds)));
}

void print(const std::vector<ForwardCurve>& curves) {
  std::printf("%-20s %-8s %-6s %-10s %-10s %14s  %-12s %s\n", "CURVE", "SHAPE", "TENOR", "FROM", "TO", "PRICE",
              "SOURCE", "CONFIDENCE");
  for (const auto& curve : curves)
    for (const auto& point : curve.points)
      std::printf("%-20s %-8s %-6s %-10s %-10s %14s  %-12s %s\n", curve.curve.c_str(),
                  std::string(name_of(curve.shape)).c_str(), point.tenor.c_str(), day_text(point.start).c_str(),
                  day_text(point.end - 1).c_str(), to_string(point.price).c_str(),
                  std::string(name_of(point.source)).c_str(), to_string(point.confidence).c_str());
}

Result<bool> run(const Options& options) {
  DPCTL_TRY(const auto curves, build(options));
  bool arbitrage = false;
  for (const auto& curve : curves) {
    arbitrage = arbitrage || curve.arbitrage;
    for (const auto& remark : curve.remarks)
      std::fprintf(stderr, "pipeline: %s %s: %s\n", curve.curve.c_str(),
                   std::string(name_of(curve.shape)).c_str(), remark.c_str());
  }
  print(curves);
  if (options.publish) DPCTL_CHECK(publish(options, curves));
  return !arbitrage;
}

}  // namespace

Verb curves_verb() {
  return {"curves", "Build forward curves from contract quotes", [](CLI::App& app) {
            auto options = std::make_shared<Options>();
            app.add_option("-i,--input", options->input,
                           "CSV: curve,shape,delivery_start,delivery_end,price,quoted_at[,market,currency,unit,tenant]")
                ->required();
            app.add_option("--as-of", options->as_of, "day of the curves; delivery begins on the next")->required();
            app.add_flag("--smooth", options->smooth, "maximum smoothness instead of piecewise flat");
            app.add_option("--tolerance", options->tolerance,
                           "between a strip and the hour-weighted mean of its members")
                ->capture_default_str();
            app.add_option("--months", options->months, "extrapolate at least so many months; 0: do not")
                ->check(CLI::Range(0, 600))
                ->capture_default_str();
            app.add_flag("--publish", options->publish, "to the topic aggregation.curves.v1 and the table curve_points");
            app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
                ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
            app.add_option("--timeout", options->timeout_seconds, "seconds until everything must be acknowledged")
                ->capture_default_str();
            options->store.declare_server(app);
            app.footer(
                "Exit status 7 when a strip contradicts its members beyond the tolerance.\n\nExample:\n  pipeline "
                "curves --input quotes.csv --as-of 2026-11-29");
            return [options] {
              const auto clean = run(*options);
              if (!clean) return print_error(clean.error());
              return *clean ? kOk : kUnhealthy;
            };
          }};
}

}  // namespace dpctl::pipeline
