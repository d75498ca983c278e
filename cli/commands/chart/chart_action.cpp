#include "cli/commands/chart/chart_action.hpp"

#include <nlohmann/json.hpp>

#include "lib/base/strings.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/deploy/release_step.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {

Result<deploy::ReleaseOutcome> act_on_release(const std::string& name, deploy::ReleaseRequest request,
                                              plan::Goal goal, bool dry_run, bool force_conflicts, Env& env) {
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  plan::Environment environment;
  environment.ns = cluster->connection().ns;
  environment.file = env.world().directory / "values";
  plan::Context context{.environment = environment,
                        .cluster = *cluster,
                        .variables = env.variables(),
                        .events = env.events(),
                        .deadline = env.deadline(),
                        .stop = env.stop(),
                        .force_conflicts = force_conflicts};
  auto outcome = std::make_shared<deploy::ReleaseOutcome>();
  const auto step = deploy::make_chart_step({.name = name, .chart = name}, std::move(request), outcome);
  DPCTL_TRY(const auto plan, step->plan(context, goal));
  if (!dry_run && !plan.empty()) DPCTL_CHECK(step->apply(context, plan, goal));
  return *outcome;
}

Result<std::map<std::string, std::string>> labels_of(const std::vector<std::string>& flags) {
  std::map<std::string, std::string> labels;
  for (const auto& flag : flags)
    for (const auto part : split(flag, ',')) {
      const auto equals = part.find('=');
      if (equals == std::string_view::npos || equals == 0)
        return fail(Code::usage, "--labels {}: \"{}\" is not KEY=VALUE", flag, part);
      labels[std::string(part.substr(0, equals))] = std::string(part.substr(equals + 1));
    }
  return labels;
}

Result<DryRun> dry_run_of(const std::string& flag) {
  if (flag.empty() || flag == "none" || flag == "false") return DryRun{};
  if (flag == "client" || flag == "true") return DryRun{.on = true, .lookup = false};
  if (flag == "server") return DryRun{.on = true, .lookup = true};
  return fail(Code::usage, "--dry-run {}: it is none, client or server", flag);
}

View view_of_release(const chart::Release& release, bool dry_run) {
  View view;
  const std::string description = dry_run ? "Dry run complete" : release.description;
  view.text = fmt::format(
      "NAME: {}\nLAST DEPLOYED: {}\nNAMESPACE: {}\nSTATUS: {}\nREVISION: {}\nDESCRIPTION: {}\n", release.name,
      release.last_deployed, release.ns, release.status, release.version, description);
  if (dry_run) {
    view.text += "HOOKS:\n";
    for (const auto& hook : release.hooks)
      view.text += fmt::format("---\n# Source: {}\n{}\n", hook.path, hook.manifest);
    view.text += "MANIFEST:\n" + release.manifest + "\n";
  }
  if (!release.notes.empty()) view.text += "NOTES:\n" + release.notes + "\n";
  view.names.push_back("release/" + release.name);
  Json info{{"first_deployed", release.first_deployed},
            {"last_deployed", release.last_deployed},
            {"description", description},
            {"status", release.status},
            {"notes", release.notes}};
  view.document = std::make_shared<const Json>(Json{{"apiVersion", "dpctl/v1"},
                                                    {"kind", "Release"},
                                                    {"name", release.name},
                                                    {"namespace", release.ns},
                                                    {"version", release.version},
                                                    {"info", std::move(info)},
                                                    {"config", chart::to_tree(release.config)},
                                                    {"manifest", release.manifest}});
  return view;
}

}  // namespace dpctl::cli
