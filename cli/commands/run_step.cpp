#include "cli/commands/run_step.hpp"

#include "cli/app/environment.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {

CommandBuilder<StepOptions> step_command() {
  auto builder = command<StepOptions>();
  builder
      .flag("-f,--file", &StepOptions::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml",
            "FILE")
      .files()
      .flag("--dry-run", &StepOptions::dry_run, "only show what would change")
      .flag("--force-conflicts", &StepOptions::force_conflicts,
            "take over fields that other field managers own");
  return builder;
}

Result<ExitCode> run_step(const StepOptions& options, Env& env, std::string_view step) {
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file, options.force_conflicts));
  const auto steps = workspace->step(step);
  auto plan = options.dry_run ? plan::make_plan(workspace->context(), steps, plan::Goal::present)
                              : plan::run(workspace->context(), steps, plan::Goal::present);
  if (!plan) return fail(std::move(plan).error());
  DPCTL_CHECK(env.print(view_of_plan(*plan, !options.dry_run)));
  return ExitCode::ok;
}

}  // namespace dpctl::cli
