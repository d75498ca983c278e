#include "lib/deploy/undo.hpp"

#include <nlohmann/json.hpp>

#include "lib/deploy/carry_through.hpp"
#include "lib/deploy/uninstall.hpp"
#include "lib/plan/object_set.hpp"

namespace dpctl::deploy {
namespace {

using plan::Context;
using Verb = ReleaseRequest::Verb;

constexpr auto kUndo = std::chrono::minutes(5);  // of its own: the deadline may be what failed

void remove_created(Context& context, const plan::StepPlan& plan) {
  std::vector<kube::ObjectRef> created;
  for (const auto& change : plan.changes)
    if (change.body && change.verb == plan::Change::Verb::create)
      created.push_back(kube::ref_of(*change.body));
  (void)context.cluster.remove_all(created, kube::Cluster::Propagation::background, context.deadline, {});
}

/// Under the lock that is held.
Result<void> undo(Context& context, const ReleaseState& failed_state, bool back) {
  const auto& asked = failed_state.asked();
  ReleaseState state{.kind = failed_state.kind};
  state.kind.outcome = nullptr;
  state.kind.request = {.verb = back ? Verb::rollback : Verb::keep,
                        .take_ownership = true,
                        .hooks = asked.hooks,
                        .wait_for_jobs = asked.wait_for_jobs,
                        .history_max = asked.history_max};
  DPCTL_TRY(state.history, store_of(context).history(state.name(), context.deadline, context.stop));
  if (!back) {
    DPCTL_TRY(const auto plan, plan_uninstall(context, state));
    return uninstall(context, state, plan);
  }
  DPCTL_TRY(const auto revision, recorded_revision(context, state));
  DPCTL_TRY(const auto plan, plan_revision(context, state, revision));
  return carry_through(context, state, revision, plan);
}

/// What went wrong, and that nothing was undone.
Error said_what_stays(Error error, const chart::Release& failed) {
  const bool goes_on = error.code == Code::timed_out || error.code == Code::interrupted;
  error.hints.push_back(
      goes_on ? fmt::format("the cluster goes on with what was applied; the same command waits for it again")
              : fmt::format("what was applied stays, and revision {} of release {} is marked failed; correct "
                            "the cause and run the same command again",
                            failed.version, failed.name));
  return error;
}

}  // namespace

Error after_failure(const Context& context, const ReleaseState& state, const plan::StepPlan& plan,
                    Error error, const chart::Release& failed) {
  Context work = context;
  work.stop = {};
  work.deadline = Deadline::after(kUndo);
  if (state.asked().cleanup_on_fail) remove_created(work, plan);
  if (!state.asked().undo_on_fail || state.asked().verb == Verb::rollback)
    return said_what_stays(std::move(error), failed);
  const bool back = state.is_upgrade();
  if (auto undone = undo(work, state, back); !undone)
    error.hints.push_back(fmt::format("undoing it failed too: {}", one_line(undone.error())));
  else
    error.hints.push_back(back ? fmt::format("release {} was rolled back", state.name())
                               : fmt::format("release {} was uninstalled again", state.name()));
  return error;
}

}  // namespace dpctl::deploy
