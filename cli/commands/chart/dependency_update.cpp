#include "lib/source/dependency_update.hpp"

#include <chrono>

#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string chart = ".";
};

using Change = Result<std::size_t> (*)(const std::filesystem::path&, const source::Fetch&, std::string_view);

Result<source::Fetched> elsewhere(const chart::Dependency& asked) {
  return fail(Code::usage, "dependency {} lies at {}, and only file:// is read here", asked.name,
              asked.repository)
      .hint("pull it into a folder beside the chart and name that: repository: file://../{}", asked.name);
}

Result<ExitCode> change(const Options& options, Env& env, Change how) {
  const auto now = kube::format_micro_time(std::chrono::system_clock::now());
  DPCTL_TRY(const auto count, how(env.world().directory / options.chart, elsewhere, now));
  if (count > 0) env.print_text(fmt::format("Saving {} charts\nDeleting outdated charts\n", count));
  return ExitCode::ok;
}

Result<ExitCode> update(const Options& options, Env& env) {
  return change(options, env, source::update_dependencies);
}

Result<ExitCode> build(const Options& options, Env& env) {
  return change(options, env, source::build_dependencies);
}

}  // namespace

const Command kChartDependencyBuild =
    command<Options>("chart dependency build")
        .summary("Fill charts/ with the versions that Chart.lock names")
        .describe("A lock that does not belong to Chart.yaml is an error; without a lock this is an update.")
        .example("Get the dependencies that were locked", "dpctl chart dependency build ./chart")
        .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
        .files()
        .run(build);

const Command kChartDependencyUpdate =
    command<Options>("chart dependency update")
        .summary("Choose the versions of a chart's dependencies anew, fill charts/ and write Chart.lock")
        .example("Take the newest versions that Chart.yaml allows", "dpctl chart dependency update ./chart")
        .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
        .files()
        .run(update);

}  // namespace dpctl::cli
