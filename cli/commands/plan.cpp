#include "lib/plan/executor.hpp"

#include "cli/app/environment.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string file;
  bool detailed_exitcode = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  DPCTL_TRY(const auto plan, plan::make_plan(workspace->context(), workspace->steps(), plan::Goal::present));
  DPCTL_CHECK(env.print(view_of_plan(plan, false)));
  if (options.detailed_exitcode && plan.changes() > 0)
    return ExitCode::usage;  // terraform's 2: there are changes
  return ExitCode::ok;
}

}  // namespace

constinit const Row kPlan("plan", [] {
  return command<Options>()
      .summary("Show what 'dpctl up' would change")
      .describe(
          "Computed by server-side dry runs; writes nothing. A step that needs an earlier "
          "one's objects (a "
          "namespace that "
          "does not exist yet) is planned as if from scratch.")
      .example("See what would change", "dpctl plan -f dpctl.yaml")
      .example("Fail a CI job when the cluster has drifted",
               "dpctl plan -f dpctl.yaml --detailed-exitcode -o json")
      .flag("-f,--file", &Options::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml", "FILE")
      .files()
      .flag("--detailed-exitcode", &Options::detailed_exitcode,
            "exit 0 without changes, 1 on an error, 2 with changes")
      .run(run);
});

}  // namespace dpctl::cli
