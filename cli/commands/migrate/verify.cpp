#include "cli/commands/migrate/engines.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {
namespace {

Result<ExitCode> run(const MigrateOptions& options, Env& env) {
  DPCTL_TRY(const auto steps, migrate_step(options.store));
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  DPCTL_TRY(const auto findings, plan::verify(workspace->context(), steps));
  DPCTL_CHECK(env.print(view_of_findings(findings)));
  return all_hold(findings) ? ExitCode::ok : ExitCode::unhealthy;
}

}  // namespace

constinit const Row kMigrateVerify("migrate verify", [] {
  return migrate_command()
      .summary("Check that every migration is applied as it stands here")
      .describe("Exits 7 when one is missing, half applied or changed.")
      .example("Is the schema what the services expect?", "dpctl migrate verify -f dpctl.yaml")
      .example("One store only", "dpctl migrate verify clickhouse -f dpctl.yaml")
      .run(run);
});

}  // namespace dpctl::cli
