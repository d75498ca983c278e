#include "cli/app/env.hpp"
#include "cli/commands/chart/dependencies.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

struct Options : DependencyFlags {
  std::string chart = ".";
};

Result<ExitCode> tell(std::size_t count, Env& env) {
  if (count > 0) env.print_text(fmt::format("Saving {} charts\nDeleting outdated charts\n", count));
  return ExitCode::ok;
}

Result<ExitCode> update(const Options& options, Env& env) {
  DPCTL_TRY(const auto count, update_dependencies(env.world().directory / options.chart, options, env));
  return tell(count, env);
}

Result<ExitCode> build(const Options& options, Env& env) {
  DPCTL_TRY(const auto count, build_dependencies(env.world().directory / options.chart, options, env));
  return tell(count, env);
}

constexpr auto dependency_update_flags = [](auto& builder) {
  builder.with(registry_flags)
      .flag("--skip-refresh", &DependencyFlags::skip_refresh,
            "choose by the indexes as 'repo update' left them")
      .flag("--verify", &DependencyFlags::verify, "each dependency must be signed by a key of the keyring")
      .flag("--keyring", &DependencyFlags::keyring,
            "public keys; default: pubring.gpg of GnuPG's folder", "FILE")
      .files();
};

}  // namespace

constinit const Row kChartDependencyBuild(
    "chart dependency build", [] {
      return command<Options>()
          .summary("Fill charts/ with the versions that Chart.lock names")
          .describe(
              "A lock that does not belong to Chart.yaml is an error; without a lock this is an update.")
          .example("Get the dependencies that were locked", "dpctl chart dependency build ./chart")
          .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
          .files()
          .with(dependency_update_flags)
          .run(build);
    });

constinit const Row kChartDependencyUpdate(
    "chart dependency update", [] {
      return command<Options>()
          .summary("Choose the versions of a chart's dependencies anew, fill charts/ and write Chart.lock")
          .example("Take the newest versions that Chart.yaml allows", "dpctl chart dependency update ./chart")
          .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
          .files()
          .with(dependency_update_flags)
          .run(update);
    });

}  // namespace dpctl::cli
