#include "cli/app/env.hpp"
#include "cli/commands/chart/dependencies.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

struct Options : RegistryFlags {
  std::string chart = ".";
  bool skip_refresh = false;
};

Result<ExitCode> update(const Options& options, Env& env) {
  DPCTL_CHECK(
      update_dependencies(env.world().directory / options.chart, options, env, options.skip_refresh, true));
  return ExitCode::ok;
}

Result<ExitCode> build(const Options& options, Env& env) {
  DPCTL_CHECK(
      build_dependencies(env.world().directory / options.chart, options, env, options.skip_refresh, true));
  return ExitCode::ok;
}

}  // namespace

const Command kChartDependencyBuild =
    command<Options>("chart dependency build")
        .summary("Fill charts/ with the versions that Chart.lock names")
        .describe("A lock that does not belong to Chart.yaml is an error; without a lock this is an update.")
        .example("Get the dependencies that were locked", "dpctl chart dependency build ./chart")
        .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
        .files()
        .with(registry_flags)
        .flag("--skip-refresh", &Options::skip_refresh, "choose by the indexes as 'repo update' left them")
        .run(build);

const Command kChartDependencyUpdate =
    command<Options>("chart dependency update")
        .summary("Choose the versions of a chart's dependencies anew, fill charts/ and write Chart.lock")
        .example("Take the newest versions that Chart.yaml allows", "dpctl chart dependency update ./chart")
        .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
        .files()
        .with(registry_flags)
        .flag("--skip-refresh", &Options::skip_refresh, "choose by the indexes as 'repo update' left them")
        .run(update);

}  // namespace dpctl::cli
