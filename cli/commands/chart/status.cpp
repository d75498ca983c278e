#include <nlohmann/json.hpp>

#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/chart/resources.hpp"
#include "cli/commands/chart/stuck.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string release;
  int revision = 0;
  bool show_secrets = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, revision_of(options.release, options.revision, env));
  const bool objects = env.globals().output == "json" || env.globals().output == "yaml";
  DPCTL_TRY(auto resources, resources_of(release, objects, env));
  if (!options.show_secrets) mask(resources);
  auto view = view_of_release(release, {.masked = !options.show_secrets,
                                        .chart = false,
                                        .tests = true,
                                        .resources = std::move(resources.text)});
  Json document = *view.document;
  if (resources.objects && !resources.objects->empty()) document["info"]["resources"] = *std::move(resources.objects);
  view.document = std::make_shared<const Json>(std::move(document));
  DPCTL_CHECK(env.print(view));
  if (options.revision != 0) return ExitCode::ok;
  const auto summary = chart::summary_of(release);
  return tell_of_stuck(std::span(&summary, 1), env);
}

}  // namespace

constinit const Row kChartStatus(
    "chart status", [] {
      return command<Options>()
          .summary("Show how a release stands")
          .describe(
              "State, objects as they are in the cluster, how the tests ended, and the notes. A release in "
              "the middle "
              "of a change is told with who is at work on it, or with what to do when nobody is.")
          .example("State, objects, tests and notes of a release", "dpctl chart status web -n shop")
          .argument("RELEASE", &Options::release, "name of the release")
          .flag("--revision", &Options::revision, "of this revision, not of the newest", "N")
          .flag("--show-secrets", &Options::show_secrets, "show what Secrets hold, in JSON and YAML")
          .run(run);
    });

}  // namespace dpctl::cli
