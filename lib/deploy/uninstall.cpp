#include "lib/deploy/uninstall.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

#include "lib/chart/manifest.hpp"
#include "lib/deploy/hooks.hpp"
#include "lib/deploy/secrets.hpp"
#include "lib/kube/readiness.hpp"
#include "lib/plan/object_set.hpp"

namespace dpctl::deploy {
namespace {

using plan::Change;
using plan::Context;

int removal_rank(const Change& change) { return chart::uninstall_rank(string_at(*change.body, "kind")); }

void note_kept(const ReleaseState& state, const std::vector<Json>& objects) {
  auto* outcome = state.kind.outcome.get();
  if (outcome == nullptr) return;
  outcome->release = *state.newest();
  outcome->kept.clear();
  for (const auto& object : objects) {
    const Json& annotations = object_at(object, "metadata.annotations");
    if (const auto policy = annotations.find("helm.sh/resource-policy");
        policy != annotations.end() && *policy == "keep")
      outcome->kept.push_back(kube::to_string(kube::ref_of(object)));
  }
}

/// Kind after kind; those of one kind at once.
Result<void> remove_in_order(Context& context, const ReleaseState& state, const plan::StepPlan& plan) {
  std::map<int, std::vector<kube::ObjectRef>> blocks;
  for (const auto& change : plan.changes)
    if (change.body) blocks[removal_rank(change)].push_back(kube::ref_of(*change.body));
  for (const auto& [rank, refs] : blocks) {
    auto answers =
        context.cluster.remove_all(refs, state.asked().propagation, context.deadline, context.stop);
    for (std::size_t i = 0; i < refs.size(); ++i) {
      if (!answers[i]) return fail(std::move(answers[i]).error());
      context.events.emit({.kind = Event::Kind::progress,
                           .id = fmt::format("{}/{}", plan.step, kube::to_string(refs[i])),
                           .parent = plan.step,
                           .text = "removed"});
    }
  }
  return {};
}

Result<void> remove_objects(Context& context, const ReleaseState& state, const plan::StepPlan& plan) {
  DPCTL_CHECK(remove_in_order(context, state, plan));
  if (!state.asked().wait) return {};
  std::vector<kube::ObjectRef> gone;
  for (const auto& change : plan.changes)
    if (change.body) gone.push_back(kube::ref_of(*change.body));
  return kube::wait_gone(context.cluster, gone, context.deadline, context.stop, context.events);
}

/// Hooks are run with their secrets, where the record has marks.
Result<chart::Release> with_hooks_restored(Context& context, const ReleaseState& state) {
  const auto& newest = *state.newest();
  if (!state.asked().hooks || newest.hooks.empty() || state.uninstalled()) return newest;
  auto whole = restored(context, newest);
  if (whole) return whole;
  return fail(whole.error().code, "the hooks of release {} need a secret", newest.name)
      .because(whole.error())
      .hint("--no-hooks uninstalls without running them");
}

}  // namespace

Result<plan::StepPlan> plan_uninstall(Context& context, const ReleaseState& state) {
  plan::StepPlan plan{.step = state.kind.step};
  if (state.newest() == nullptr) return plan;
  if (state.uninstalled() && state.asked().keep_history)
    return fail(Code::conflict, "release {} is uninstalled already", state.name());
  DPCTL_TRY(const auto objects, recorded_objects(context, state));
  DPCTL_CHECK(plan::plan_pruning(context, objects, {}, plan));
  note_kept(state, objects);
  std::stable_sort(plan.changes.begin(), plan.changes.end(),
                   [](const Change& a, const Change& b) { return removal_rank(a) < removal_rank(b); });
  for (auto& change : plan.changes) change.reason = "part of the release";
  plan.changes.push_back({.verb = Change::Verb::run,
                          .object = fmt::format("release/{}", state.name()),
                          .ns = context.environment.ns,
                          .reason = "uninstalled",
                          .fence = std::to_string(state.newest()->version)});
  return plan;
}

Result<void> uninstall(Context& context, const ReleaseState& state, const plan::StepPlan& plan) {
  auto records = store_of(context);
  DPCTL_TRY(auto last, with_hooks_restored(context, state));
  const bool gone = state.uninstalled();
  const HookRun run = hook_run(state);
  if (!gone) {
    last.status = "uninstalling";
    last.deleted = time_now();
    last.description = "Deletion in progress (or silently failed)";
    DPCTL_CHECK(records.update(last, context.deadline, context.stop));
    if (state.asked().hooks) DPCTL_CHECK(run_hooks(context, run, last, "pre-delete"));
  }
  DPCTL_CHECK(remove_objects(context, state, plan));
  if (!gone && state.asked().hooks) DPCTL_CHECK(run_hooks(context, run, last, "post-delete"));
  if (state.asked().keep_history) {
    last.status = "uninstalled";
    last.description =
        state.asked().description.empty() ? "Uninstallation complete" : state.asked().description;
    DPCTL_CHECK(records.update(last, context.deadline, context.stop));
    if (state.kind.outcome != nullptr) state.kind.outcome->release = std::move(last);
    return {};
  }
  // The newest goes last: until then a run that ended here is seen, and continued.
  std::vector<const chart::Release*> older;
  for (const auto& release : state.history)
    if (&release != state.newest()) older.push_back(&release);
  DPCTL_CHECK(records.remove(older, context.deadline, context.stop));
  return records.remove({state.newest()}, context.deadline, context.stop);
}

}  // namespace dpctl::deploy
