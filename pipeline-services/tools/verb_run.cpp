#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "lib/base/file.hpp"
#include "pipeline-services/io/wall_clock.hpp"
#include "pipeline-services/tools/embedded.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::vector<std::string> input;
  std::string output;
  std::string intervals = "5m,1h,1d";
  std::string tenant = "default";
  std::string as_of;
  std::string rolling = "5m:12,1h:24";
  std::string spreads, quotes;
  bool smooth = false;
};

Result<EmbeddedResult> run(const Options& options) {
  EmbeddedOptions embedded;
  embedded.output = options.output;
  embedded.now = io::wall_clock_us();
  if (!options.as_of.empty()) {
    DPCTL_TRY(embedded.now, parse_iso(options.as_of));
  }
  DPCTL_TRY(embedded.bars.intervals, parse_intervals(options.intervals));
  // Files may restate what an earlier file said, whatever its age.
  embedded.bars.max_late = 200 * 365 * kDay;
  DPCTL_TRY(embedded.rolling, parse_rolling(options.rolling));
  if (!options.spreads.empty()) {
    DPCTL_TRY(const auto text, read_file(options.spreads));
    DPCTL_TRY(embedded.spreads, parse_spreads(text, options.spreads));
  }
  if (!options.quotes.empty()) {
    DPCTL_TRY(const auto text, read_file(options.quotes));
    DPCTL_TRY(const auto quotes, read_quotes(text, options.quotes));
    embedded.curves = build_curves(
        quotes, {.as_of = static_cast<Day>(embedded.now / kDay), .smooth = options.smooth});
    for (const auto& curve : embedded.curves)
      for (const auto& remark : curve.remarks)
        std::fprintf(stderr, "pipeline: %s %s: %s\n", curve.curve.c_str(),
                     std::string(name_of(curve.shape)).c_str(), remark.c_str());
  }
  embedded.normalize.tenant = options.tenant;
  FeedOptions feed_options;
  feed_options.inputs.assign(options.input.begin(), options.input.end());
  feed_options.tenant = options.tenant;
  feed_options.now = embedded.now;
  DPCTL_TRY(const Feed feed, load_feed(feed_options));
  for (const auto& ignored : feed.ignored)
    std::fprintf(stderr, "pipeline: %s is no market file, left out\n", ignored.c_str());
  return run_embedded(feed, embedded);
}

}  // namespace

Verb run_verb() {
  return {
      "run", "All four stages in one process, from files to files", [](CLI::App& app) {
        auto options = std::make_shared<Options>();
        app.add_option("-i,--input", options->input, "files or folders as the ISOs publish them")->required();
        app.add_option("-o,--output", options->output,
                       "folder for raw.jsonl … bars.csv, latest.csv, dead_letters.jsonl")
            ->required();
        app.add_option("--interval", options->intervals, "bars to make: any of 1m, 5m, 15m, 1h, 1d, on_peak, off_peak, with commas")
            ->capture_default_str();
        app.add_option("--rolling", options->rolling,
                       "statistics over the last bars, interval:size with commas (5m:12, 5m:24h, 1h:7d), or none")
            ->capture_default_str();
        app.add_option("--spreads", options->spreads,
                       "file of spreads: name kind unit interval max-age leg leg …, a leg is "
                       "INSTRUMENT[:RATIO][@INTERVAL]");
        app.add_option("--quotes", options->quotes,
                       "contract quotes as CSV: forward curves as of --as-of are written to curves.jsonl");
        app.add_flag("--smooth", options->smooth, "curves of maximum smoothness instead of piecewise flat ones");
        app.add_option("--tenant", options->tenant, "tenant of the messages")->capture_default_str();
        app.add_option("--as-of", options->as_of,
                       "take this ISO 8601 time for now, so that a run can be repeated to the byte");
        app.footer("Example:\n  pipeline run --input examples/markets --output /tmp/out");
        return [options] {
          const auto result = run(*options);
          if (!result) return print_error(result.error());
          std::fputs(summary_table(*result).c_str(), stdout);
          std::uint64_t raw = 0;
          for (const auto& [name, market] : result->markets) raw += market.raw;
          std::printf("\n%llu derived values, %llu windows of spreads without all legs",
                      static_cast<unsigned long long>(result->derived),
                      static_cast<unsigned long long>(result->missing_legs));
          std::printf("\n%llu messages in %.2f s; dead letters: %llu; files in %s\n",
                      static_cast<unsigned long long>(raw), result->seconds,
                      static_cast<unsigned long long>(result->dead_letters), options->output.c_str());
          return kOk;
        };
      }};
}

}  // namespace dpctl::pipeline
