#include "cli/app/environment.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string file;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  DPCTL_TRY(const auto findings, plan::verify(workspace->context(), workspace->step("infra")));
  DPCTL_CHECK(env.print(view_of_findings(findings)));
  return all_hold(findings) ? ExitCode::ok : ExitCode::unhealthy;
}

}  // namespace

constinit const Row kInfraStatus("infra status", [] {
  return command<Options>()
      .summary("Show how the infrastructure stands")
      .example("Is Redis up?", "dpctl infra status -f dpctl.yaml")
      .flag("-f,--file", &Options::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml", "FILE")
      .files()
      .run(run);
});

}  // namespace dpctl::cli
