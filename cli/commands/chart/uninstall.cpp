#include <fmt/format.h>

#include "cli/commands/chart/chart_action.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string release, description;
  bool keep_history = false, no_hooks = false, dry_run = false, ignore_not_found = false, wait = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  deploy::ReleaseRequest request{.hooks = !options.no_hooks,
                                 .wait = options.wait,
                                 .keep_history = options.keep_history,
                                 .description = options.description};
  DPCTL_TRY(const auto outcome, act_on_release(options.release, std::move(request), plan::Goal::absent,
                                               options.dry_run, false, env));
  if (!outcome.release) {
    if (options.ignore_not_found) return ExitCode::ok;
    return fail(Code::not_found, "release {} is not installed", options.release);
  }
  std::string text;
  if (!outcome.kept.empty()) text = "These objects were kept because of their resource policy:\n";
  for (const auto& object : outcome.kept) text += object + "\n";
  env.print_text(text + fmt::format("release \"{}\" {}\n", options.release,
                                    options.dry_run ? "would be uninstalled" : "uninstalled"));
  return ExitCode::ok;
}

}  // namespace

const Command kChartUninstall =
    command<Options>("chart uninstall")
        .summary("Remove a release and its objects, as 'helm uninstall' does")
        .example("Remove a release", "dpctl chart uninstall web -n shop")
        .example("Remove it and keep its records", "dpctl chart uninstall web --keep-history")
        .argument("RELEASE", &Options::release, "name of the release")
        .flag("--keep-history", &Options::keep_history, "keep the records, marked uninstalled")
        .flag("--no-hooks", &Options::no_hooks, "run no hooks")
        .flag("--dry-run", &Options::dry_run, "only say what would happen")
        .flag("--ignore-not-found", &Options::ignore_not_found, "a release that is not there is no error")
        .flag("--wait", &Options::wait, "wait until the objects are gone")
        .flag("--description", &Options::description, "text for the record that is kept", "TEXT")
        .run(run);

}  // namespace dpctl::cli
