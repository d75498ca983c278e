// A release as a step: when it is looked at, when it is locked, and what is done under the lock.
#include "lib/deploy/release_step.hpp"

#include <nlohmann/json.hpp>

#include <future>
#include <optional>
#include <set>

#include "lib/deploy/carry_through.hpp"
#include "lib/deploy/release_chart.hpp"
#include "lib/deploy/release_lock.hpp"
#include "lib/deploy/revision.hpp"
#include "lib/deploy/uninstall.hpp"
#include "lib/kube/readiness.hpp"

namespace dpctl::deploy {
namespace {

using plan::Context;
using plan::Finding;
using plan::Goal;
using Verb = ReleaseRequest::Verb;

/// Helm's rules for who may use a name. What a killed run left pending is continued by any verb.
Result<void> check_name(const ReleaseState& state) {
  const auto* last = state.newest();
  const auto verb = state.asked().verb;
  const bool gone = last == nullptr || state.uninstalled();
  const auto& name = state.name();
  if (verb == Verb::install && last != nullptr && last->status == "uninstalling")
    return fail(Code::conflict, "release {} is half uninstalled", name)
        .hint("'dpctl chart uninstall {}' goes on with it", name);
  if (verb == Verb::install && last != nullptr && !last->pending() &&
      !(state.asked().replace && (gone || last->status == "failed")))
    return fail(Code::conflict, "release {} exists already: revision {} is {}", name, last->version,
                last->status)
        .hint("change it with 'dpctl chart upgrade {}'", name)
        .hint("--replace takes the name of a release that failed or was uninstalled");
  if (verb == Verb::upgrade && gone && !state.asked().install_missing)
    return fail(Code::not_found, "release {} is not installed", name)
        .hint("'dpctl chart upgrade --install' installs it when it is not there");
  if (verb == Verb::rollback && last == nullptr)
    return fail(Code::not_found, "release {} is not installed", name);
  return {};
}

Result<void> create_namespace(Context& context) {
  const Json ns{
      {"apiVersion", "v1"},
      {"kind", "Namespace"},
      {"metadata", {{"name", context.environment.ns}, {"labels", {{"name", context.environment.ns}}}}}};
  const auto created = context.cluster.create(ns, context.deadline, context.stop);
  if (!created && created.error().code != Code::conflict) return fail(created.error());
  return {};
}

Result<void> add_readiness(Context& context, const std::vector<Json>& objects,
                           std::vector<Finding>& findings) {
  static const std::set<std::string> kShown{"Deployment", "StatefulSet", "DaemonSet", "Job",
                                            "PersistentVolumeClaim"};
  const auto refs = refs_of(objects);
  auto live = context.cluster.get_all(refs, context.deadline, context.stop);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    Finding finding{.check = kube::to_string(refs[i])};
    if (!live[i]) {
      if (live[i].error().code != Code::not_found) return fail(std::move(live[i]).error());
      finding.level = Finding::Level::failed;
      finding.text = "missing";
      finding.hints.push_back("dpctl up puts it back");
    } else {
      const auto readiness = kube::readiness_of(*live[i]);
      const bool ready = readiness.state == kube::Readiness::State::current;
      if (ready && !kShown.contains(refs[i].gvk.kind)) continue;
      finding.level = ready ? Finding::Level::ok : Finding::Level::failed;
      finding.text = readiness.message;
    }
    findings.push_back(std::move(finding));
  }
  return {};
}

class ReleaseStep final : public plan::Step {
 public:
  explicit ReleaseStep(ReleaseKind kind) : state_{.kind = std::move(kind)} {}
  [[nodiscard]] std::string_view name() const override { return state_.kind.step; }
  [[nodiscard]] std::vector<std::string_view> needs() const override { return state_.kind.needs; }

  Result<plan::StepPlan> plan(Context& context, Goal goal) override {
    // What the cluster can do is asked while the records travel, and so is who holds the lock.
    std::future<Result<chart::Capabilities>> capabilities;
    if (goal == Goal::present)
      capabilities = std::async(std::launch::async, [&] {
        return capabilities_of(context.cluster, context.deadline, context.stop);
      });
    DPCTL_CHECK(read_lock_and_history(context));
    if (goal == Goal::absent) return plan_uninstall(context, state_);
    DPCTL_TRY(auto can, capabilities.get());
    DPCTL_CHECK(check_name(state_));
    DPCTL_TRY(revision_, asked().verb == Verb::rollback ? recorded_revision(context, state_)
                                                        : rendered_revision(context, state_, std::move(can)));
    // Who certainly writes takes the lock and writes the record while the plan is made.
    if (context.acting && !asked().create_namespace && needs_revision(state_, revision_))
      claiming_ =
          std::async(std::launch::async, [this, work = context]() mutable { return claim_and_begin(work); });
    auto planned = plan_revision(context, state_, revision_);
    if (!planned) claiming_ = {};  // what was begun is taken back before that is told
    DPCTL_TRY(auto plan, std::move(planned));
    if (auto* outcome = state_.kind.outcome.get()) {
      outcome->changed = !plan.empty();
      outcome->release =
          plan.empty() ? *state_.newest() : pending_record(state_, revision_, context.environment.ns);
    }
    return plan;
  }

  Result<void> apply(Context& context, const plan::StepPlan& plan, Goal goal) override {
    if (asked().create_namespace) DPCTL_CHECK(create_namespace(context));
    DPCTL_TRY(auto claimed, claiming_.valid() ? claiming_.get() : claim(context));
    DPCTL_CHECK(take_history(claimed));
    // Work ends when the command is stopped, and when somebody else took the lock.
    StopSource stop;
    const std::stop_callback stopped(context.stop, [&] { stop.request_stop(); });
    const std::stop_callback lost(claimed.lock->lost(), [&] { stop.request_stop(); });
    Context work = context;
    work.stop = stop.get_token();
    if (goal == Goal::present) return carry_through(work, state_, revision_, plan, std::move(claimed));
    if (!claimed.history) DPCTL_CHECK(check_unmoved(work, state_.name(), state_.history, 0));
    return uninstall(work, state_, plan);
  }

  Result<std::vector<Finding>> verify(Context& context) override {
    DPCTL_CHECK(read_history(context));
    Finding finding{.check = fmt::format("release/{}", state_.name())};
    const auto* last = state_.newest();
    if (last == nullptr) {
      finding.level = Finding::Level::failed;
      finding.text = "not installed";
      finding.hints.push_back("dpctl up");
      return std::vector<Finding>{std::move(finding)};
    }
    finding.text = fmt::format("revision {}, {}", last->version, last->status);
    if (last->status != "deployed") finding.level = Finding::Level::failed;
    std::vector<Finding> findings{std::move(finding)};
    DPCTL_TRY(const auto objects, objects_of(context, last->manifest, state_.name()));
    DPCTL_CHECK(add_readiness(context, objects, findings));
    return findings;
  }

 private:
  [[nodiscard]] const ReleaseRequest& asked() const { return state_.asked(); }

  Result<void> read_history(Context& context) {
    DPCTL_TRY(state_.history, store_of(context).history(state_.name(), context.deadline, context.stop));
    return {};
  }

  /// Both at once. A look at the lock that brings nothing (no rights, no namespace) only means another one later.
  Result<void> read_lock_and_history(Context& context) {
    auto looking = std::async(std::launch::async, [&] {
      return kube::look_at_lease(context.cluster, context.environment.ns, lock_name(state_.name()),
                                 context.deadline, context.stop);
    });
    auto read = read_history(context);
    if (auto look = looking.get()) look_ = *std::move(look);
    return read;
  }

  Result<ReleaseClaim> claim(Context& context) const {
    return claim_release(context, state_.name(), asked().take_over,
                         {.look = look_, .history = &state_.history});
  }

  Result<ReleaseClaim> claim_and_begin(Context& context) const {
    DPCTL_TRY(auto claimed, claim(context));
    if (claimed.history) return claimed;  // somebody was at work: what was planned with is looked at first
    DPCTL_TRY(claimed.begun, begin_revision(context, state_, revision_, &state_.history));
    return claimed;
  }

  /// Under the lock: the history must still be what was planned with.
  Result<void> take_history(ReleaseClaim& claimed) {
    if (!claimed.history) return {};
    const auto* planned = state_.newest();
    const auto* found = chart::last_of(*claimed.history);
    const bool same = found == nullptr
                          ? planned == nullptr
                          : planned != nullptr && found->version == planned->version &&
                                (claimed.left.empty() ? found->status : claimed.left) == planned->status;
    if (!same) return moved_meanwhile(state_.name());
    state_.history = *claimed.history;
    state_.took_over = !claimed.left.empty();
    return {};
  }

  ReleaseState state_;
  Revision revision_;
  std::optional<kube::LeaseLook> look_;
  std::future<Result<ReleaseClaim>> claiming_;
};

}  // namespace

std::unique_ptr<plan::Step> make_release_step(ReleaseKind kind) {
  return std::make_unique<ReleaseStep>(std::move(kind));
}

}  // namespace dpctl::deploy
