// A release as a step.
//
// The plan has two parts. What the objects need is the server's word (plan::plan_objects). Whether the
// release needs a new revision is ours: it does when an object changes, when the rendered manifest or the
// user's values differ from the last revision's, or when that one is not "deployed" (somebody was killed in
// the middle; the plan then simply runs again). Helm writes the record before the objects and marks it
// afterwards, and so do we: what is killed in between is seen as pending-install or pending-upgrade by both.
#include "lib/deploy/release_step.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <future>
#include <iterator>
#include <set>

#include "lib/chart/release_store.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/deploy/hooks.hpp"
#include "lib/deploy/release_chart.hpp"
#include "lib/kube/readiness.hpp"
#include "lib/kube/time.hpp"
#include "lib/plan/object_set.hpp"

namespace dpctl::deploy {
namespace {

using plan::Change;
using plan::Context;
using plan::Finding;
using plan::Goal;

// A release belongs to whoever upgrades it next. With Helm's own name for the owner of its fields, `helm
// upgrade` and `dpctl deploy` take turns without conflicts, and what one no longer wants goes although the
// other set it.
constexpr std::string_view kManager = "helm";
constexpr int kHistory = 10;  // revisions kept, as Helm's --history-max

std::string now() { return kube::format_time(std::chrono::system_clock::now()); }

std::vector<kube::ObjectRef> refs_of(std::span<const Json> objects) {
  std::vector<kube::ObjectRef> refs;
  refs.reserve(objects.size());
  for (const auto& object : objects) refs.push_back(kube::ref_of(object));
  return refs;
}

class ReleaseStep final : public plan::Step {
 public:
  explicit ReleaseStep(ReleaseKind kind) : kind_(std::move(kind)) {}
  [[nodiscard]] std::string_view name() const override { return kind_.step; }
  [[nodiscard]] std::vector<std::string_view> needs() const override { return kind_.needs; }

  Result<plan::StepPlan> plan(Context& context, Goal goal) override {
    // What the cluster can do is asked while the history travels: two round trips at once.
    std::future<Result<chart::Capabilities>> capabilities;
    if (goal == Goal::present)
      capabilities = std::async(std::launch::async, [&] {
        return capabilities_of(context.cluster, context.deadline, context.stop);
      });
    DPCTL_TRY(history_, store(context).history(kind_.spec.name, context.deadline, context.stop));
    if (goal == Goal::absent) return plan_uninstall(context);
    DPCTL_TRY(auto can, capabilities.get());
    DPCTL_CHECK(render(context, std::move(can)));
    DPCTL_TRY(auto plan, plan::plan_objects(context, kind_.step, objects_, kManager));
    DPCTL_TRY(const auto before, recorded_objects(context));
    DPCTL_CHECK(plan::plan_pruning(context, before, objects_, plan));
    if (const auto reason = reason_for_revision(plan); !reason.empty())
      plan.changes.push_back({.verb = Change::Verb::run,
                              .object = fmt::format("release/{}", kind_.spec.name),
                              .ns = context.environment.ns,
                              .reason = fmt::format("revision {}: {}", next_revision(), reason),
                              .fence = std::to_string(next_revision() - 1)});
    return plan;
  }

  Result<void> apply(Context& context, const plan::StepPlan& plan, Goal goal) override {
    if (goal == Goal::absent) return uninstall(context, plan);
    auto records = store(context);
    chart::Release release = new_release(context);
    DPCTL_CHECK(records.create(release, context.deadline, context.stop));
    if (auto outcome = carry_out(context, plan, release); !outcome) {
      release.status = "failed";
      release.description = one_line(outcome.error());
      // The context's deadline may be what failed: the record gets a moment of its own.
      (void)records.update(release, Deadline::after(std::chrono::seconds(5)), {});
      return fail(said_what_stays(std::move(outcome).error(), release.version));
    }
    release.description = is_upgrade() ? "Upgrade complete" : "Install complete";
    DPCTL_CHECK(chart::mark_deployed(records, history_, std::move(release), context.deadline, context.stop));
    return forget_oldest(context);
  }

  Result<std::vector<Finding>> verify(Context& context) override {
    DPCTL_TRY(history_, store(context).history(kind_.spec.name, context.deadline, context.stop));
    Finding finding{.check = fmt::format("release/{}", kind_.spec.name)};
    const auto* last = newest();
    if (last == nullptr) {
      finding.level = Finding::Level::failed;
      finding.text = "not installed";
      finding.hints.push_back("dpctl up");
      return std::vector<Finding>{std::move(finding)};
    }
    finding.text = fmt::format("revision {}, {}", last->version, last->status);
    if (last->status != "deployed") finding.level = Finding::Level::failed;
    std::vector<Finding> findings{std::move(finding)};
    DPCTL_TRY(const auto objects, objects_of(context, last->manifest, kind_.spec.name));
    DPCTL_CHECK(add_readiness(context, objects, findings));
    return findings;
  }

 private:
  static chart::ClusterReleaseStore store(const Context& context) {
    return {context.cluster, context.environment.ns};
  }
  [[nodiscard]] const chart::Release* newest() const { return history_.empty() ? nullptr : &history_.back(); }
  [[nodiscard]] int next_revision() const { return newest() == nullptr ? 1 : newest()->version + 1; }
  /// Helm's word for a release that was deployed before.
  [[nodiscard]] bool is_upgrade() const {
    for (const auto& release : history_)
      if (release.status == "deployed" || release.status == "superseded") return true;
    return false;
  }

  Result<void> render(Context& context, chart::Capabilities capabilities) {
    const auto beside = context.environment.file.parent_path();
    DPCTL_TRY(const auto chart, find_chart(kind_.spec.chart, beside));
    DPCTL_TRY(config_, release_values(kind_.spec, *chart, kind_.derived(context.environment), beside));
    auto rendered = chart::render(*chart, config_,
                                  {.release = kind_.spec.name,
                                   .ns = context.environment.ns,
                                   .revision = next_revision(),
                                   .is_upgrade = is_upgrade(),
                                   .capabilities = std::move(capabilities)});
    if (!rendered) {
      Error error = std::move(rendered).error();
      error.hints.push_back(fmt::format("render it without a cluster: dpctl chart template {} {}",
                                        kind_.spec.name, kind_.spec.chart));
      return fail(std::move(error));
    }
    rendered_ = *std::move(rendered);
    for (const auto& warning : rendered_.warnings)
      context.events.emit({.kind = Event::Kind::warning, .text = warning});
    DPCTL_TRY(objects_, objects_of(context, rendered_.manifests, kind_.spec.name));
    return {};
  }

  [[nodiscard]] std::string reason_for_revision(const plan::StepPlan& plan) const {
    const auto* last = newest();
    if (last == nullptr) return "first installation";
    if (last->status != "deployed") return fmt::format("revision {} is {}", last->version, last->status);
    if (!plan.empty()) return fmt::format("{} objects change", plan.changes.size());
    if (last->manifest != rendered_.manifest_text()) return "the manifest changes";
    if (chart::to_json(last->config) != chart::to_json(config_)) return "the values change";
    return "";
  }

  [[nodiscard]] chart::Release new_release(const Context& context) const {
    const auto time = now();
    chart::Release release{.name = kind_.spec.name, .ns = context.environment.ns, .version = next_revision()};
    release.first_deployed = newest() == nullptr ? time : newest()->first_deployed;
    release.last_deployed = time;
    release.description = is_upgrade() ? "Preparing upgrade" : "Initial install underway";
    release.status = is_upgrade() ? "pending-upgrade" : "pending-install";
    release.notes = rendered_.notes;
    release.chart = rendered_.chart;
    release.config = config_;
    release.manifest = rendered_.manifest_text();
    release.hooks = rendered_.hooks;
    return release;
  }

  Result<void> carry_out(Context& context, const plan::StepPlan& plan, chart::Release& release) {
    DPCTL_CHECK(run_hooks(context, kind_.step, release, is_upgrade() ? "pre-upgrade" : "pre-install"));
    DPCTL_CHECK(plan::apply_objects(context, plan));
    const auto refs = refs_of(objects_);
    DPCTL_CHECK(kube::wait_ready(context.cluster, refs, {.event_parent = kind_.step}, context.deadline,
                                 context.stop, context.events));
    return run_hooks(context, kind_.step, release, is_upgrade() ? "post-upgrade" : "post-install");
  }

  /// What went wrong, and that nothing was undone.
  Error said_what_stays(Error error, int revision) const {
    const bool goes_on = error.code == Code::timed_out || error.code == Code::interrupted;
    error.hints.push_back(
        goes_on
            ? fmt::format("the cluster goes on with what was applied; the same command waits for it again")
            : fmt::format("what was applied stays, and revision {} of release {} is marked failed; correct "
                          "the cause and "
                          "run the same command again",
                          revision, kind_.spec.name));
    return error;
  }

  Result<void> forget_oldest(Context& context) {
    if (history_.size() < kHistory) return {};
    auto records = store(context);
    DPCTL_TRY(const auto history, records.history(kind_.spec.name, context.deadline, context.stop));
    return chart::prune(records, history, kHistory, context.deadline, context.stop);
  }

  /// What earlier revisions may have left in the cluster: the objects of the deployed one and of those that
  /// were tried since.
  Result<std::vector<Json>> recorded_objects(Context& context) const {
    const auto* deployed = chart::deployed_of(history_);
    std::vector<Json> all;
    for (const auto& release : history_) {
      if (deployed != nullptr && release.version < deployed->version) continue;
      DPCTL_TRY(auto objects, objects_of(context, release.manifest, kind_.spec.name));
      std::move(objects.begin(), objects.end(), std::back_inserter(all));
    }
    return all;
  }

  Result<plan::StepPlan> plan_uninstall(Context& context) {
    plan::StepPlan plan{.step = kind_.step};
    if (newest() == nullptr) return plan;
    DPCTL_TRY(const auto objects, recorded_objects(context));
    DPCTL_CHECK(plan::plan_pruning(context, objects, {}, plan));
    for (auto& change : plan.changes) change.reason = "part of the release";
    plan.changes.push_back({.verb = Change::Verb::run,
                            .object = fmt::format("release/{}", kind_.spec.name),
                            .ns = context.environment.ns,
                            .reason = "uninstalled",
                            .fence = std::to_string(newest()->version)});
    return plan;
  }

  Result<void> uninstall(Context& context, const plan::StepPlan& plan) {
    chart::Release last = *newest();
    DPCTL_CHECK(run_hooks(context, kind_.step, last, "pre-delete"));
    DPCTL_CHECK(plan::apply_objects(context, plan));
    std::vector<kube::ObjectRef> gone;
    for (const auto& change : plan.changes)
      if (change.body) gone.push_back(kube::ref_of(*change.body));
    DPCTL_CHECK(kube::wait_gone(context.cluster, gone, context.deadline, context.stop, context.events));
    DPCTL_CHECK(run_hooks(context, kind_.step, last, "post-delete"));
    auto records = store(context);
    for (const auto& release : history_)
      DPCTL_CHECK(records.remove(release.name, release.version, context.deadline, context.stop));
    return {};
  }

  static Result<void> add_readiness(Context& context, const std::vector<Json>& objects,
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

  ReleaseKind kind_;
  std::vector<chart::Release> history_;
  chart::Value config_;
  chart::Rendered rendered_;
  std::vector<Json> objects_;
};

}  // namespace

std::unique_ptr<plan::Step> make_release_step(ReleaseKind kind) {
  return std::make_unique<ReleaseStep>(std::move(kind));
}

}  // namespace dpctl::deploy
