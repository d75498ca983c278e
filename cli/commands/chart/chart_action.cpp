#include "cli/commands/chart/chart_action.hpp"

#include "cli/app/command.hpp"
#include "cli/app/record_kind.hpp"
#include "lib/base/strings.hpp"
#include "lib/deploy/release_step.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

Result<bool> waits(const std::string& strategy) {
  if (strategy.empty() || strategy == "hookOnly" || strategy == "false") return false;
  if (strategy == "watcher" || strategy == "legacy") return true;
  return fail(Code::usage, "--wait={}: it is watcher, legacy or hookOnly", strategy);
}

}  // namespace

Result<DryRun> dry_run_of(const ActionOptions& options) {
  const auto& flag = options.dry_run;
  if (flag.empty() || flag == "none" || flag == "false") return DryRun{};
  if (flag == "client") return DryRun{.on = true, .server = false};
  if (flag == "server") return DryRun{.on = true, .server = true};
  return fail(Code::usage, "--dry-run={}: it is none, client or server", flag);
}

Result<deploy::ReleaseRequest> request_of(const ActionOptions& options) {
  deploy::ReleaseRequest request{.hooks = !options.no_hooks,
                                 .wait_for_jobs = options.wait_for_jobs,
                                 .take_over = options.take_over,
                                 .description = options.description};
  DPCTL_TRY(request.wait, waits(options.wait));
  DPCTL_TRY(request.labels, labels_of(options.labels));
  if (const auto& side = options.server_side; !side.empty() && side != "true" && side != "auto")
    return fail(Code::usage, "--server-side={}: dpctl applies objects on the server only", side)
        .hint("leave the flag out; what a client-side tool applied before is taken over");
  return request;
}

Result<deploy::ReleaseRequest> request_of(const RenderedActionOptions& options, Env& env) {
  DPCTL_TRY(auto request, request_of(static_cast<const ActionOptions&>(options)));
  request.stable = options.stable;
  request.take_ownership = options.take_ownership;
  request.crds = !options.skip_crds;
  request.wait = request.wait || options.undo;
  request.undo_on_fail = options.undo;
  request.skip_schema = options.skip_schema;
  request.subchart_notes = options.subchart_notes;
  DPCTL_TRY(request.post_render, post_render_of(options, env));
  return request;
}

Result<int> history_max_of(int flag, Env& env) {
  constexpr int kHelms = 10;
  if (flag >= 0) return flag;
  const auto text = env.variable("HELM_MAX_HISTORY");
  if (text.empty()) return kHelms;
  const auto number = convert<int>(text);
  return number && *number >= 0 ? *number : kHelms;  // Helm too ignores what is no number
}

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
                        .force_conflicts = force_conflicts,
                        .acting = !dry_run};
  DPCTL_TRY(context.records, record_kind(env));
  auto outcome = std::make_shared<deploy::ReleaseOutcome>();
  const auto step = deploy::make_chart_step({.name = name, .chart = name}, std::move(request), outcome);
  DPCTL_TRY(const auto plan, step->plan(context, goal));
  if (dry_run || plan.empty()) return *outcome;
  const auto done = step->apply(context, plan, goal);
  for (const auto line : split(outcome->hook_output, '\n'))
    if (!line.empty()) env.say(line);
  if (!done) return fail(done.error());
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

}  // namespace dpctl::cli
