#include "cli/commands/migrate/engines.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {
namespace {

Result<ExitCode> run(const MigrateOptions& options, Env& env) {
  DPCTL_TRY(const auto steps, migrate_step(options.store));
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  DPCTL_TRY(const auto plan, plan::make_plan(workspace->context(), steps, plan::Goal::present));
  DPCTL_CHECK(env.print(view_of_plan(plan, false)));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kMigratePlan(
    "migrate plan", [] {
      return migrate_command()
          .summary("Show the migrations that are not applied yet")
          .describe("Writes nothing. A recorded migration whose file has changed is refused with exit 6.")
          .example("What would be applied?", "dpctl migrate plan -f dpctl.yaml")
          .example("One store only", "dpctl migrate plan clickhouse -f dpctl.yaml")
          .run(run);
    });

}  // namespace dpctl::cli
