#include "cli/app/environment.hpp"
#include "cli/commands/run_step.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

Result<ExitCode> run(const StepOptions& options, Env& env) { return run_step(options, env, "prepare"); }

}  // namespace

constinit const Row kPrepare("prepare", [] {
  return step_command()
      .summary("Create the namespace and the Secret that the charts refer to")
      .describe(
          "Section 1 of the guide. Passwords come from where the environment file "
          "says; the pepper of the API keys, the first "
          "API key and the password of our own Redis are generated once and kept.")
      .example("Prepare the cluster", "dpctl prepare -f dpctl.yaml")
      .example("See what it would do", "dpctl prepare -f dpctl.yaml --dry-run")
      .run(run);
});

}  // namespace dpctl::cli
