#include "lib/deploy/hooks.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "lib/deploy/release_chart.hpp"
#include "lib/kube/readiness.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::deploy {
namespace {

using plan::Context;

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string now() { return kube::format_time(std::chrono::system_clock::now()); }

Result<void> remove(Context& context, const kube::ObjectRef& ref) {
  auto removed =
      context.cluster.remove(ref, kube::Cluster::Propagation::background, context.deadline, context.stop);
  if (!removed) return fail(std::move(removed).error());
  if (!*removed) return {};
  return kube::wait_gone(context.cluster, {&ref, 1}, context.deadline, context.stop, context.events);
}

Result<void> run_one(Context& context, std::string_view step, const chart::Hook& hook,
                     std::string_view event) {
  DPCTL_TRY(const auto object, object_of(context, hook));
  const auto ref = kube::ref_of(object);
  if (hook.delete_policies.empty() || has(hook.delete_policies, "before-hook-creation"))
    DPCTL_CHECK(remove(context, ref));
  context.events.emit({.kind = Event::Kind::waiting,
                       .id = fmt::format("{}/{}", step, kube::to_string(ref)),
                       .parent = std::string(step),
                       .text = fmt::format("{} hook", event)});
  auto created = context.cluster.create(object, context.deadline, context.stop);
  if (!created) return fail(std::move(created).error());
  const kube::WaitOptions wait{.jobs_to_completion = true, .event_parent = std::string(step)};
  return kube::wait_ready(context.cluster, {&ref, 1}, wait, context.deadline, context.stop, context.events);
}

Result<void> clean_up(Context& context, const std::vector<chart::Hook*>& hooks, std::string_view policy) {
  for (auto hook = hooks.rbegin(); hook != hooks.rend(); ++hook) {
    if (!has((*hook)->delete_policies, policy)) continue;
    DPCTL_TRY(const auto object, object_of(context, **hook));
    DPCTL_CHECK(remove(context, kube::ref_of(object)));
  }
  return {};
}

}  // namespace

Result<void> run_hooks(Context& context, std::string_view step, chart::Release& release,
                       std::string_view event) {
  std::vector<chart::Hook*> hooks;
  for (auto& hook : release.hooks)
    if (has(hook.events, event)) hooks.push_back(&hook);
  for (auto* hook : hooks) {
    hook->started_at = now();
    hook->phase = "Running";
    auto outcome = run_one(context, step, *hook, event);
    hook->completed_at = now();
    hook->phase = outcome ? "Succeeded" : "Failed";
    if (outcome) continue;
    // The failed hook's object stays for a look, unless its policy says otherwise; the next run replaces it.
    if (has(hook->delete_policies, "hook-failed")) DPCTL_CHECK(clean_up(context, {hook}, "hook-failed"));
    return fail(outcome.error().code, "{} hook {} failed", event, hook->path)
        .because(std::move(outcome).error());
  }
  return clean_up(context, hooks, "hook-succeeded");
}

}  // namespace dpctl::deploy
