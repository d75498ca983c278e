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
  DPCTL_TRY(const auto findings, plan::verify(workspace->context(), workspace->steps()));
  DPCTL_CHECK(env.print(view_of_findings(findings)));
  return all_hold(findings) ? ExitCode::ok : ExitCode::unhealthy;
}

}  // namespace

constinit const Row kVerify(
    "verify", [] {
      return command<Options>()
          .summary("Check that everything of the environment holds now")
          .describe("Runs the checks of every step and changes nothing. Exits 7 when a check says no.")
          .example("Check production", "dpctl verify -f dpctl.yaml")
          .example("The same for a script", "dpctl verify -f dpctl.yaml -o json")
          .flag("-f,--file", &Options::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml",
                "FILE")
          .files()
          .run(run);
    });

}  // namespace dpctl::cli
