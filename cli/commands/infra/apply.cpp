#include "cli/commands/run_step.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

Result<ExitCode> run(const StepOptions& options, Env& env) { return run_step(options, env, "infra"); }

}  // namespace

constinit const Row kInfraApply(
    "infra apply", [] {
      return step_command()
          .summary("Install Redis with Sentinel and pgBouncer, and wait until they are ready")
          .describe("Section 3 of the guide: a Helm release of the chart that comes with dpctl.")
          .example("Install the infrastructure", "dpctl infra apply -f dpctl.yaml")
          .run(run);
    });

}  // namespace dpctl::cli
