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

constexpr std::size_t kMostOutput = std::size_t{4} << 20U;  // bytes of one container

std::string now() { return kube::format_time(std::chrono::system_clock::now()); }

Result<void> remove(Context& context, const kube::ObjectRef& ref) {
  auto removed =
      context.cluster.remove(ref, kube::Cluster::Propagation::background, context.deadline, context.stop);
  if (!removed) return fail(std::move(removed).error());
  if (!*removed) return {};
  return kube::wait_gone(context.cluster, {&ref, 1}, context.deadline, context.stop, context.events);
}

/// A hook's Pod runs to its end: that it is ready means nothing.
Result<void> wait_for_end(Context& context, const kube::ObjectRef& pod) {
  std::string phase;
  const auto ended = [&](const kube::WatchEvent& event) {
    if (event.kind == kube::WatchEvent::Kind::bookmark) return true;
    phase = string_at(event.object, "status.phase");
    return event.kind != kube::WatchEvent::Kind::deleted && phase != "Succeeded" && phase != "Failed";
  };
  const kube::ListOptions only{.field_selector = "metadata.name=" + pod.name};
  DPCTL_CHECK(context.cluster.watch(pod.gvk, pod.ns, only, ended, context.deadline, context.stop));
  if (phase == "Succeeded") return {};
  auto failure = fail(Code::unhealthy, "{} {}", kube::to_string(pod),
                      phase == "Failed" ? "failed" : "was deleted before it ended");
  if (auto why = kube::explain(context.cluster, pod, context.deadline, context.stop))
    return std::move(failure).because(*std::move(why));
  return failure;
}

/// Jobs and Pods are waited for; of other kinds it is enough that they are there.
Result<void> wait_for(Context& context, std::string_view step, const kube::ObjectRef& ref) {
  const bool pod = ref.gvk.kind == "Pod" && ref.gvk.group.empty();
  if (!pod && ref.gvk.kind != "Job") return {};
  const kube::WaitOptions wait{.jobs_to_completion = true, .event_parent = std::string(step)};
  DPCTL_CHECK(
      kube::wait_ready(context.cluster, {&ref, 1}, wait, context.deadline, context.stop, context.events));
  if (!pod) return {};
  return wait_for_end(context, ref);
}

/// The pods that a hook consists of.
std::vector<Json> pods_of(Context& context, const kube::ObjectRef& ref) {
  kube::ListOptions options;
  if (ref.gvk.kind == "Job")
    options.label_selector = "job-name=" + ref.name;
  else if (ref.gvk.kind == "Pod")
    options.field_selector = "metadata.name=" + ref.name;
  else
    return {};
  const auto list =
      context.cluster.list(kube::gvk_from("v1", "Pod"), ref.ns, options, context.deadline, context.stop);
  if (!list) return {};
  const auto& items = array_at(*list, "items");
  return {items.begin(), items.end()};
}

/// What the hook's containers wrote; that there is nothing to be had is no failure of the hook.
void take_output(Context& context, const kube::ObjectRef& ref, std::string& output) {
  for (const auto& pod : pods_of(context, ref))
    for (const auto& container : array_at(pod, "spec.containers")) {
      std::size_t left = kMostOutput;
      (void)context.cluster.logs(
          ref.ns, string_at(pod, "metadata.name"), {.container = string_at(container, "name")},
          [&](std::string_view text) {
            output += text.substr(0, left);
            left -= std::min(left, text.size());
          },
          context.deadline, context.stop);
    }
}

Result<void> run_one(Context& context, const HookRun& run, const chart::Hook& hook, std::string_view event) {
  DPCTL_TRY(const auto object, object_of(context, hook));
  const auto ref = kube::ref_of(object);
  const bool definition =
      ref.gvk.kind == "CustomResourceDefinition";  // never removed: its objects would go too
  const bool replace =
      run.replace_left || hook.delete_policies.empty() || has(hook.delete_policies, "before-hook-creation");
  if (replace && !definition) DPCTL_CHECK(remove(context, ref));
  context.events.emit({.kind = Event::Kind::waiting,
                       .id = fmt::format("{}/{}", run.step, kube::to_string(ref)),
                       .parent = std::string(run.step),
                       .text = fmt::format("{} hook", event)});
  auto created = context.cluster.create(object, context.deadline, context.stop);
  if (!created) return fail(std::move(created).error());
  auto outcome = wait_for(context, run.step, ref);
  if (run.output != nullptr &&
      (run.all_output || has(hook.output_log_policies, outcome ? "hook-succeeded" : "hook-failed"))) {
    if (run.all_output) *run.output += fmt::format("POD LOGS: {}\n", hook.name);
    take_output(context, ref, *run.output);
    if (run.all_output) *run.output += "\n";
  }
  return outcome;
}

Result<void> clean_up(Context& context, const std::vector<chart::Hook*>& hooks, std::string_view policy) {
  for (auto hook = hooks.rbegin(); hook != hooks.rend(); ++hook) {
    if (!has((*hook)->delete_policies, policy)) continue;
    DPCTL_TRY(const auto object, object_of(context, **hook));
    if ((*hook)->kind != "CustomResourceDefinition") DPCTL_CHECK(remove(context, kube::ref_of(object)));
  }
  return {};
}

}  // namespace

Result<void> run_hooks(Context& context, const HookRun& run, chart::Release& release,
                       std::string_view event) {
  std::vector<chart::Hook*> hooks;
  for (auto& hook : release.hooks)
    if (has(hook.events, event)) hooks.push_back(&hook);
  for (auto* hook : hooks) {
    hook->started_at = now();
    hook->phase = "Running";
    auto outcome = run_one(context, run, *hook, event);
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
