#include "lib/deploy/carry_through.hpp"

#include <future>
#include <nlohmann/json.hpp>

#include "lib/deploy/hooks.hpp"
#include "lib/deploy/undo.hpp"
#include "lib/kube/readiness.hpp"
#include "lib/plan/object_set.hpp"

namespace dpctl::deploy {
namespace {

using plan::Context;
using Verb = ReleaseRequest::Verb;

std::string capitalised(std::string_view verb) {
  std::string text(verb);
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

Result<void> carry_out(Context& context, const ReleaseState& state, const Revision& revision,
                       const plan::StepPlan& plan, chart::Release& release) {
  const auto& asked = state.asked();
  const HookRun run = hook_run(state);
  if (asked.hooks) DPCTL_CHECK(run_hooks(context, run, release, fmt::format("pre-{}", state.verb())));
  DPCTL_CHECK(plan::apply_objects(context, plan));
  if (asked.wait || asked.wait_for_jobs) {
    const kube::WaitOptions wait{.jobs_to_completion = asked.wait_for_jobs, .event_parent = state.kind.step};
    DPCTL_CHECK(kube::wait_ready(context.cluster, refs_of(revision.objects), wait, context.deadline,
                                 context.stop, context.events));
  }
  if (!asked.hooks) return {};
  return run_hooks(context, run, release, fmt::format("post-{}", state.verb()));
}

/// The revisions before are superseded, and the oldest forgotten. A crash before this leaves two deployed
/// revisions, of which the newer counts.
Result<void> tidy_history(const Context& context, const ReleaseState& state, const chart::Release& now) {
  auto records = store_of(context);
  chart::History after = state.history;
  for (auto& old : after)
    if (old.status == "deployed") {
      old.status = "superseded";
      DPCTL_CHECK(records.update(old, context.deadline, context.stop));
    }
  after.push_back(now);
  return chart::prune(records, after, state.asked().history_max, context.deadline, context.stop);
}

Result<chart::Release> make_revision(Context& context, const ReleaseState& state, const Revision& revision,
                                     const plan::StepPlan& plan) {
  auto records = store_of(context);
  auto release = pending_record(state, revision, context.environment.ns);
  DPCTL_CHECK(records.create(release, context.deadline, context.stop));
  if (auto outcome = carry_out(context, state, revision, plan, release); !outcome) {
    release.status = "failed";
    release.description = fmt::format("{} failed: {}", capitalised(state.verb()), one_line(outcome.error()));
    // The context's deadline may be what failed: the record gets a moment of its own.
    (void)records.update(release, Deadline::after(std::chrono::seconds(5)), {});
    return fail(after_failure(context, state, plan, std::move(outcome).error(), release));
  }
  if (!state.asked().description.empty())
    release.description = state.asked().description;
  else if (state.asked().verb != Verb::rollback)
    release.description = fmt::format("{} complete", capitalised(state.verb()));
  release.status = "deployed";
  DPCTL_CHECK(records.update(release, context.deadline, context.stop));
  if (state.kind.outcome != nullptr) state.kind.outcome->release = release;
  return release;
}

}  // namespace

Result<void> carry_through(Context& context, ReleaseState& state, const Revision& revision,
                           const plan::StepPlan& plan) {
  DPCTL_TRY(const auto release, make_revision(context, state, revision, plan));
  return tidy_history(context, state, release);
}

Result<void> carry_through(Context& context, ReleaseState& state, const Revision& revision,
                           const plan::StepPlan& plan, ReleaseClaim claim) {
  DPCTL_TRY(const auto release, make_revision(context, state, revision, plan));
  // The release is deployed: the lock goes back while the old records are put in order.
  const auto given_back = std::async(std::launch::async, [&] { claim.lock.reset(); });
  return tidy_history(context, state, release);
}

}  // namespace dpctl::deploy
