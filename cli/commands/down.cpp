#include "cli/app/environment.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/plan_view.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string file;
  std::string confirm;
  bool dry_run = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  if (options.dry_run) {
    DPCTL_TRY(const auto plan, plan::make_plan(workspace->context(), workspace->steps(), plan::Goal::absent));
    DPCTL_CHECK(env.print(view_of_plan(plan, false)));
    return ExitCode::ok;
  }
  const auto& ns = workspace->environment().ns;
  if (options.confirm != ns)
    return fail(Code::usage, "this removes the pipeline and everything in namespace {}", ns)
        .hint("see what would go: dpctl down --dry-run")
        .hint("to do it: dpctl down --confirm={}", ns);
  DPCTL_TRY(const auto done, plan::run(workspace->context(), workspace->steps(), plan::Goal::absent));
  DPCTL_CHECK(env.print(view_of_plan(done, true)));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kDown(
    "down", [] {
      return command<Options>()
          .summary("Remove what 'dpctl up' made, in reverse order")
          .describe(
              "Uninstalls the releases and deletes the namespace. Data in external stores (ClickHouse, "
              "PostgreSQL, Kafka) stays: "
              "migrations are never undone by removal.")
          .example("See what would be removed", "dpctl down -f dpctl.yaml --dry-run")
          .example("Remove it; the namespace's name is the confirmation",
                   "dpctl down -f dpctl.yaml --confirm=data-processing")
          .flag("-f,--file", &Options::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml",
                "FILE")
          .files()
          .flag("--confirm", &Options::confirm, "name of the namespace, to confirm", "NAME")
          .flag("--dry-run", &Options::dry_run, "only show what would be removed")
          .run(run);
    });

}  // namespace dpctl::cli
