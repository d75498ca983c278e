#include <fmt/format.h>

#include "cli/app/env.hpp"
#include "cli/app/record_kind.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/strings.hpp"
#include "lib/deploy/release_test.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string release;
  std::vector<std::string> filters;
  bool logs = false, notes_hidden = false;
};

Result<deploy::TestFilter> filter_of(const std::vector<std::string>& flags) {
  constexpr std::string_view kOnly = "name=", kWithout = "!name=";
  deploy::TestFilter filter;
  for (const auto& flag : flags)
    for (const auto part : split(std::string_view(flag), ',')) {
      if (part.starts_with(kOnly))
        filter.only.emplace_back(part.substr(kOnly.size()));
      else if (part.starts_with(kWithout))
        filter.without.emplace_back(part.substr(kWithout.size()));
      else
        return fail(Code::usage, "--filter {}: it is name=TEST or !name=TEST", part);
    }
  return filter;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto filter, filter_of(options.filters));
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  plan::Environment environment;
  environment.ns = cluster->connection().ns;
  plan::Context context{.environment = environment,
                        .cluster = *cluster,
                        .variables = env.variables(),
                        .events = env.events(),
                        .deadline = env.deadline(),
                        .stop = env.stop()};
  DPCTL_TRY(context.records, record_kind(env));
  DPCTL_TRY(const auto tests, deploy::test_release(context, options.release, filter, options.logs));
  auto view = view_of_release(tests.release, {.notes = false, .tests = true});
  if (options.logs) view.text += "\n" + tests.output;
  DPCTL_CHECK(env.print(view));
  if (tests.failure)
    return fail(Code::failed, "the tests of release {} failed", options.release).because(*tests.failure);
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartTest(
    "chart test", [] {
      return command<Options>()
          .summary("Run the tests of a release, as 'helm test' does")
          .describe(
              "The tests are the chart's hooks for the event test, Pods or Jobs, run one after the other by "
              "weight. The first that fails ends it, with its last words and exit code 1.")
          .example("Run all tests and see what they write", "dpctl chart test web -n shop --logs")
          .example("Run one of them", "dpctl chart test web --filter name=web-connection")
          .argument("RELEASE", &Options::release, "name of the release")
          .flag("--logs", &Options::logs, "show what the tests wrote")
          .flag("--filter", &Options::filters, "only these tests, or not these", "name=TEST|!name=TEST")
          .flag("--hide-notes", &Options::notes_hidden, "taken for Helm's sake: notes are never shown here")
          .run(run);
    });

}  // namespace dpctl::cli
