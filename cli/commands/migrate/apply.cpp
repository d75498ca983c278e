#include "cli/commands/migrate/engines.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {
namespace {

Result<ExitCode> run(const MigrateOptions& options, Env& env) {
  DPCTL_TRY(const auto steps, migrate_step(options.store));
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  DPCTL_TRY(const auto done, plan::run(workspace->context(), steps, plan::Goal::present));
  DPCTL_CHECK(env.print(view_of_plan(done, true)));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kMigrateApply("migrate apply", [] {
  return migrate_command()
      .summary("Apply the migrations that are missing")
      .describe(
          "Section 4 of the guide. Each statement runs once under a lock and is "
          "recorded; a failed one is "
          "reported with its place, and the same "
          "command continues there once the file is corrected.")
      .example("Bring both stores to the newest schema", "dpctl migrate apply -f dpctl.yaml")
      .example("One store only", "dpctl migrate apply clickhouse -f dpctl.yaml")
      .run(run);
});

}  // namespace dpctl::cli
