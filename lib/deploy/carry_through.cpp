#include "lib/deploy/carry_through.hpp"

#include <algorithm>
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
    auto refs = refs_of(revision.objects);
    std::erase_if(refs, [](const kube::ObjectRef& ref) { return kube::is_current_at_once(ref.gvk); });
    DPCTL_CHECK(
        kube::wait_ready(context.cluster, refs, wait, context.deadline, context.stop, context.events));
  }
  if (!asked.hooks) return {};
  return run_hooks(context, run, release, fmt::format("post-{}", state.verb()));
}

/// This revision is deployed, those before are superseded, and the oldest forgotten, all at once. Whatever a
/// crash leaves of it, the newest revision counts: deployed, or pending and to be gone on with.
Result<void> record_outcome(const Context& context, const ReleaseState& state, chart::Release now) {
  auto records = store_of(context);
  chart::History after = state.history;
  after.push_back(std::move(now));
  const auto excess = chart::excess_of(after, state.asked().history_max);
  std::vector<std::future<Result<void>>> writes;
  for (auto& release : after) {
    if (release.status != "deployed" || std::find(excess.begin(), excess.end(), &release) != excess.end())
      continue;
    if (&release != &after.back()) release.status = "superseded";
    writes.push_back(std::async(std::launch::async,
                                [&] { return records.update(release, context.deadline, context.stop); }));
  }
  auto done = records.remove(excess, context.deadline, context.stop);
  for (auto& write : writes)
    if (auto written = write.get(); !written) done = std::move(written);
  if (done) return {};
  auto error = std::move(done).error();
  error.hints.emplace_back("what was to be applied is applied; the same command puts the records in order");
  return fail(std::move(error));
}

/// Up to the record's end, which record_outcome() writes.
Result<chart::Release> make_revision(Context& context, const ReleaseState& state, const Revision& revision,
                                     const plan::StepPlan& plan, chart::Release release) {
  auto records = store_of(context);
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
  if (state.kind.outcome != nullptr) state.kind.outcome->release = release;
  return release;
}

}  // namespace

Result<std::unique_ptr<PendingRecord>> begin_revision(const Context& context, const ReleaseState& state,
                                                      const Revision& revision,
                                                      const chart::History* unread) {
  return PendingRecord::write(context, pending_record(state, revision, context.environment.ns), unread);
}

Result<void> carry_through(Context& context, ReleaseState& state, const Revision& revision,
                           const plan::StepPlan& plan) {
  DPCTL_TRY(const auto begun, begin_revision(context, state, revision, nullptr));
  DPCTL_TRY(const auto release, make_revision(context, state, revision, plan, begun->take()));
  return record_outcome(context, state, release);
}

Result<void> carry_through(Context& context, ReleaseState& state, const Revision& revision,
                           const plan::StepPlan& plan, ReleaseClaim claim) {
  if (claim.begun == nullptr) {
    const auto* unread = claim.history ? nullptr : &state.history;
    DPCTL_TRY(claim.begun, begin_revision(context, state, revision, unread));
  }
  auto begun = claim.begun->take();
  claim.lock->leave_word(word_of(begun.version, begun.last_deployed));
  DPCTL_TRY(const auto release, make_revision(context, state, revision, plan, std::move(begun)));
  // Nothing else is changed any more: the lock goes back while the records are put in order, unless that
  // takes several rounds.
  std::future<void> given_back;
  if (release.pieces.parts == 0) given_back = std::async(std::launch::async, [&] { claim.lock.reset(); });
  return record_outcome(context, state, release);
}

}  // namespace dpctl::deploy
