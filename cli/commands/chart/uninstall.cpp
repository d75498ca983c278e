#include <fmt/format.h>

#include "cli/commands/chart/chart_action.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

using Propagation = kube::Cluster::Propagation;

struct Options {
  std::vector<std::string> releases;
  std::string description, cascade = "background", wait;
  bool keep_history = false, no_hooks = false, dry_run = false, ignore_not_found = false, take_over = false;
};

Propagation propagation_of(const std::string& cascade) {
  if (cascade == "foreground") return Propagation::foreground;
  return cascade == "orphan" ? Propagation::orphan : Propagation::background;
}

Result<void> uninstall(const std::string& name, const Options& options, deploy::ReleaseRequest request,
                       Env& env) {
  DPCTL_TRY(const auto outcome,
            act_on_release(name, std::move(request), plan::Goal::absent, options.dry_run, false, env));
  if (!outcome.release && !options.ignore_not_found)
    return fail(Code::not_found, "release {} is not installed", name)
        .hint("--ignore-not-found takes that for success");
  std::string text;
  if (!outcome.kept.empty()) text = "These resources were kept due to the resource policy:\n";
  for (const auto& object : outcome.kept) text += object + "\n";
  env.print_text(text + fmt::format("release \"{}\" {}\n", name,
                                    options.dry_run ? "would be uninstalled" : "uninstalled"));
  return {};
}

Result<ExitCode> run(const Options& options, Env& env) {
  ActionOptions action;
  action.wait = options.wait;
  action.no_hooks = options.no_hooks;
  action.take_over = options.take_over;
  action.description = options.description;
  DPCTL_TRY(auto request, request_of(action));
  request.keep_history = options.keep_history;
  request.propagation = propagation_of(options.cascade);
  for (const auto& name : options.releases) DPCTL_CHECK(uninstall(name, options, request, env));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartUninstall(
    "chart uninstall", [] {
      return command<Options>()
          .summary("Remove a release and its objects, as 'helm uninstall' does")
          .example("Remove a release", "dpctl chart uninstall web -n shop")
          .example("Remove two at once", "dpctl chart uninstall web api --ignore-not-found")
          .example("Remove it and keep its records", "dpctl chart uninstall web --keep-history")
          .argument("RELEASE", &Options::releases, "names of releases")
          .flag("--cascade", &Options::cascade, "what becomes of what the objects own", "HOW",
                {"background", "foreground", "orphan"})
          .flag("--keep-history", &Options::keep_history, "keep the records, marked uninstalled")
          .flag("--no-hooks", &Options::no_hooks, "run no hooks")
          .flag("--dry-run", &Options::dry_run, "only say what would happen")
          .flag("--ignore-not-found", &Options::ignore_not_found, "a release that is not there is no error")
          .flag("--wait", &Options::wait, "wait until the objects are gone", "watcher|hookOnly|legacy")
          .bare("watcher")
          .flag("--take-over", &Options::take_over,
                "go on although another tool, which holds no lock, began a revision a moment ago")
          .flag("--description", &Options::description, "text for the record that is kept", "TEXT")
          .run(run);
    });

}  // namespace dpctl::cli
