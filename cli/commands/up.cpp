#include "cli/app/environment.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string file;
  bool force_conflicts = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file, options.force_conflicts));
  DPCTL_TRY(const auto done, plan::run(workspace->context(), workspace->steps(), plan::Goal::present));
  DPCTL_TRY(const auto findings, plan::verify(workspace->context(), workspace->steps()));
  if (!all_hold(findings)) {
    DPCTL_CHECK(env.print(view_of_findings(findings)));
    return ExitCode::unhealthy;
  }
  DPCTL_CHECK(env.print(view_of_plan(done, true)));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kUp(
    "up", [] {
      return command<Options>()
          .summary("Make the environment what its file says, all steps in order")
          .describe(
              "Plans each step against the cluster as it is, applies what differs and waits until it holds. "
              "Running it again "
              "continues where it stopped; when nothing differs it writes nothing. Ends with the checks of "
              "'dpctl verify'.")
          .example("Bring up the pipeline that dpctl.yaml describes", "dpctl up -f dpctl.yaml")
          .example("The same from CI, one event a line",
                   "dpctl up -f dpctl.yaml --progress json --timeout 20m")
          .flag("-f,--file", &Options::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml",
                "FILE")
          .files()
          .flag("--force-conflicts", &Options::force_conflicts,
                "take over fields that other field managers own")
          .run(run);
    });

}  // namespace dpctl::cli
