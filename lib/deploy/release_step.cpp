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
#include <map>
#include <set>

#include "lib/chart/manifest.hpp"
#include "lib/chart/release_store.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/deploy/chart_crds.hpp"
#include "lib/deploy/cluster_lookup.hpp"
#include "lib/deploy/hooks.hpp"
#include "lib/deploy/ownership.hpp"
#include "lib/deploy/release_chart.hpp"
#include "lib/deploy/release_lock.hpp"
#include "lib/deploy/release_values.hpp"
#include "lib/kube/readiness.hpp"
#include "lib/kube/time.hpp"
#include "lib/plan/object_set.hpp"

namespace dpctl::deploy {
namespace {

using plan::Change;
using plan::Context;
using plan::Finding;
using plan::Goal;
using Verb = ReleaseRequest::Verb;

// A release belongs to whoever upgrades it next. With Helm's own name for the owner of its fields, `helm
// upgrade` and `dpctl deploy` take turns without conflicts, and what one no longer wants goes although the
// other set it.
constexpr std::string_view kManager = "helm";

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
    DPCTL_CHECK(check_name());
    DPCTL_CHECK(asked().verb == Verb::rollback ? take_revision(context) : render(context, std::move(can)));
    DPCTL_TRY(const auto before, recorded_objects(context));
    DPCTL_TRY(auto plan, plan_release(context, before));
    DPCTL_CHECK(plan::plan_pruning(context, before, objects_, plan));
    if (const auto reason = reason_for_revision(plan); !reason.empty())
      plan.changes.push_back({.verb = Change::Verb::run,
                              .object = fmt::format("release/{}", kind_.spec.name),
                              .ns = context.environment.ns,
                              .reason = fmt::format("revision {}: {}", next_revision(), reason),
                              .fence = std::to_string(next_revision() - 1)});
    if (kind_.outcome != nullptr) kind_.outcome->release = new_release(context);
    return plan;
  }

  Result<void> apply(Context& context, const plan::StepPlan& plan, Goal goal) override {
    if (asked().create_namespace) DPCTL_CHECK(create_namespace(context));
    DPCTL_TRY(const auto lock, lock_release(context, kind_.spec.name));
    // Work ends when the command is stopped, and when somebody else took the lock.
    StopSource stop;
    const std::stop_callback stopped(context.stop, [&] { stop.request_stop(); });
    const std::stop_callback lost(lock->lost(), [&] { stop.request_stop(); });
    Context work = context;
    work.stop = stop.get_token();
    DPCTL_CHECK(check_unmoved(work));
    return goal == Goal::absent ? uninstall(work, plan) : carry_through(work, plan);
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
    if (asked().verb == Verb::install || (newest() != nullptr && newest()->status == "uninstalled"))
      return false;
    for (const auto& release : history_)
      if (release.status == "deployed" || release.status == "superseded") return true;
    return false;
  }

  [[nodiscard]] const ReleaseRequest& asked() const { return kind_.request; }

  /// Helm's rules for who may use a name. What a killed run left pending is continued by any verb.
  [[nodiscard]] Result<void> check_name() const {
    const auto* last = newest();
    const bool gone = last == nullptr || last->status == "uninstalled";
    const auto& name = kind_.spec.name;
    if (asked().verb == Verb::install && last != nullptr && !last->pending() &&
        !(asked().replace && (gone || last->status == "failed")))
      return fail(Code::conflict, "release {} exists already: revision {} is {}", name, last->version,
                  last->status)
          .hint("change it with 'dpctl chart upgrade {}'", name)
          .hint("--replace takes the name of a release that failed or was uninstalled");
    if (asked().verb == Verb::upgrade && gone && !asked().install_missing)
      return fail(Code::not_found, "release {} is not installed", name)
          .hint("'dpctl chart upgrade --install' installs it when it is not there");
    if (asked().verb == Verb::rollback && last == nullptr)
      return fail(Code::not_found, "release {} is not installed", name);
    return {};
  }

  static Result<void> create_namespace(Context& context) {
    const Json ns{
        {"apiVersion", "v1"},
        {"kind", "Namespace"},
        {"metadata", {{"name", context.environment.ns}, {"labels", {{"name", context.environment.ns}}}}}};
    const auto created = context.cluster.create(ns, context.deadline, context.stop);
    if (!created && created.error().code != Code::conflict) return fail(created.error());
    return {};
  }

  /// Under the lock: the history must still be what was planned with. A revision that is pending now was left
  /// by a run that died, and is marked failed.
  Result<void> check_unmoved(Context& context) {
    auto records = store(context);
    DPCTL_TRY(auto history, records.history(kind_.spec.name, context.deadline, context.stop));
    const auto* planned = newest();
    const bool same = history.empty() ? planned == nullptr
                                      : planned != nullptr && history.back().version == planned->version &&
                                            history.back().status == planned->status;
    if (!same)
      return fail(Code::conflict, "release {} was changed by somebody else meanwhile", kind_.spec.name)
          .hint("run the same command again")
          .retryable();
    history_ = std::move(history);
    if (newest() == nullptr || !newest()->pending()) return {};
    auto& left = history_.back();
    context.events.emit(
        {.kind = Event::Kind::warning,
         .text = fmt::format("revision {} of release {} was left {} by a run that ended in the "
                             "middle; it is marked failed and revision {} takes its place",
                             left.version, left.name, left.status, next_revision())});
    left.status = "failed";
    left.description = "the run that made it ended in the middle";
    return records.update(left, context.deadline, context.stop);
  }

  /// The revision that a rollback brings back, as it was recorded.
  Result<void> take_revision(Context& context) {
    int wanted = asked().revision;
    if (wanted == 0)  // the one that was deployed before; after a run that died, the one that is
      for (const auto& release : history_)
        if (release.version < newest()->version &&
            (release.status == "deployed" || release.status == "superseded"))
          wanted = release.version;
    const auto found = std::find_if(history_.begin(), history_.end(),
                                    [&](const auto& release) { return release.version == wanted; });
    if (found == history_.end())
      return fail(Code::not_found, "release {} has no revision {} to go back to", kind_.spec.name, wanted)
          .hint("'dpctl chart history {}' lists what there is", kind_.spec.name);
    target_ = wanted;
    config_ = found->config;
    labels_ = found->labels;
    rendered_ = {};
    rendered_.chart = found->chart;
    rendered_.notes = found->notes;
    rendered_.hooks = found->hooks;
    manifest_ = found->manifest;
    DPCTL_TRY(objects_, objects_of(context, manifest_, kind_.spec.name));
    return {};
  }

  /// Changes of the objects; with the check that none of them is somebody else's.
  Result<plan::StepPlan> plan_release(Context& context, const std::vector<Json>& before) {
    std::vector<Json> desired = crds_;
    desired.insert(desired.end(), objects_.begin(), objects_.end());
    const bool check = asked().verb != Verb::keep && !asked().take_ownership;
    if (check && newest() != nullptr && newest()->status == "uninstalled") {
      DPCTL_CHECK(check_ownership(context, objects_, {}, kind_.spec.name));
    } else if (check) {
      DPCTL_CHECK(check_ownership(context, objects_, before, kind_.spec.name));
    }
    return plan::plan_objects(context, kind_.step, desired, kManager);
  }

  Result<void> choose(Context& context) {
    if (asked().chart != nullptr) {
      const auto* current = chart::deployed_of(history_);
      if (current == nullptr) current = newest();
      if (asked().verb == Verb::install) current = nullptr;
      DPCTL_TRY(auto chosen, values_after(current, asked()));
      chart_ = std::move(chosen.chart);
      config_ = std::move(chosen.values);
      return {};
    }
    const auto beside = context.environment.file.parent_path();
    DPCTL_TRY(chart_, find_chart(kind_.spec.chart, beside));
    DPCTL_TRY(config_, release_values(kind_.spec, *chart_, kind_.derived(context.environment), beside));
    return {};
  }

  Result<void> render(Context& context, chart::Capabilities capabilities) {
    DPCTL_CHECK(choose(context));
    if (!is_upgrade() && asked().crds) {
      DPCTL_TRY(crds_, missing_crds(context, *chart_));
      add_kinds(crds_, capabilities);
    }
    ClusterLookup lookup(context.cluster, context.deadline, context.stop);
    auto rendered = chart::render(*chart_, config_,
                                  {.release = kind_.spec.name,
                                   .ns = context.environment.ns,
                                   .revision = next_revision(),
                                   .is_upgrade = is_upgrade(),
                                   .capabilities = std::move(capabilities),
                                   .lookup = asked().lookup ? &lookup : nullptr,
                                   .skip_schema = asked().skip_schema,
                                   .subchart_notes = asked().subchart_notes});
    if (!rendered) {
      Error error = std::move(rendered).error();
      error.hints.push_back(fmt::format("render it without a cluster: dpctl chart template {} {}",
                                        kind_.spec.name, kind_.spec.chart));
      return fail(std::move(error));
    }
    rendered_ = *std::move(rendered);
    for (const auto& warning : rendered_.warnings)
      context.events.emit({.kind = Event::Kind::warning, .text = warning});
    manifest_ = rendered_.manifest_text();
    DPCTL_TRY(objects_, objects_of(context, rendered_.manifests, kind_.spec.name));
    place_by(crds_, context.environment.ns, objects_);
    take_labels();
    return {};
  }

  /// An upgrade keeps the labels of the record that it does not name.
  void take_labels() {
    if (newest() != nullptr && asked().verb != Verb::install) labels_ = newest()->labels;
    for (const auto& [key, value] : asked().labels)
      if (value == "null")
        labels_.erase(key);
      else
        labels_[key] = value;
  }

  [[nodiscard]] std::string reason_for_revision(const plan::StepPlan& plan) const {
    const auto* last = newest();
    if (last == nullptr) return "first installation";
    if (last->status != "deployed") return fmt::format("revision {} is {}", last->version, last->status);
    if (asked().verb == Verb::rollback) return fmt::format("back to revision {}", target_);
    if (!plan.empty()) return fmt::format("{} objects change", plan.changes.size());
    if (last->manifest != manifest_) return "the manifest changes";
    if (chart::to_json(last->config) != chart::to_json(config_)) return "the values change";
    return asked().verb == Verb::keep ? "" : "asked for";
  }

  [[nodiscard]] chart::Release new_release(const Context& context) const {
    const auto time = now();
    chart::Release release{.name = kind_.spec.name, .ns = context.environment.ns, .version = next_revision()};
    release.first_deployed = newest() == nullptr ? time : newest()->first_deployed;
    release.last_deployed = time;
    const bool back = asked().verb == Verb::rollback;
    release.description = back           ? fmt::format("Rollback to {}", target_)
                          : is_upgrade() ? "Preparing upgrade"
                                         : "Initial install underway";
    release.status = back ? "pending-rollback" : is_upgrade() ? "pending-upgrade" : "pending-install";
    release.labels = labels_;
    release.notes = rendered_.notes;
    release.chart = rendered_.chart;
    release.config = config_;
    release.manifest = manifest_;
    release.hooks = rendered_.hooks;
    return release;
  }

  Result<void> carry_through(Context& context, const plan::StepPlan& plan) {
    auto records = store(context);
    chart::Release release = new_release(context);
    DPCTL_CHECK(records.create(release, context.deadline, context.stop));
    if (auto outcome = carry_out(context, plan, release); !outcome) {
      release.status = "failed";
      release.description = fmt::format("{} failed: {}", capital_verb(), one_line(outcome.error()));
      // The context's deadline may be what failed: the record gets a moment of its own.
      (void)records.update(release, Deadline::after(std::chrono::seconds(5)), {});
      return fail(after_failure(context, plan, std::move(outcome).error(), release.version));
    }
    release.description = !asked().description.empty()     ? asked().description
                          : asked().verb == Verb::rollback ? fmt::format("Rollback to {}", target_)
                                                           : fmt::format("{} complete", capital_verb());
    release.status = "deployed";
    if (kind_.outcome != nullptr) kind_.outcome->release = release;
    DPCTL_CHECK(chart::mark_deployed(records, history_, std::move(release), context.deadline, context.stop));
    return forget_oldest(context);
  }

  [[nodiscard]] std::string_view verb() const {
    if (asked().verb == Verb::rollback) return "rollback";
    return is_upgrade() ? "upgrade" : "install";
  }
  [[nodiscard]] std::string_view capital_verb() const {
    if (asked().verb == Verb::rollback) return "Rollback";
    return is_upgrade() ? "Upgrade" : "Install";
  }

  Result<void> carry_out(Context& context, const plan::StepPlan& plan, chart::Release& release) {
    if (asked().hooks) DPCTL_CHECK(run_hooks(context, kind_.step, release, fmt::format("pre-{}", verb())));
    DPCTL_CHECK(plan::apply_objects(context, plan));
    if (asked().wait || asked().wait_for_jobs) {
      const auto refs = refs_of(objects_);
      const kube::WaitOptions wait{.jobs_to_completion = asked().wait_for_jobs, .event_parent = kind_.step};
      DPCTL_CHECK(
          kube::wait_ready(context.cluster, refs, wait, context.deadline, context.stop, context.events));
    }
    if (!asked().hooks) return {};
    return run_hooks(context, kind_.step, release, fmt::format("post-{}", verb()));
  }

  /// Cleans up and undoes as was asked for; the error says what was done.
  Error after_failure(const Context& context, const plan::StepPlan& plan, Error error, int revision) {
    constexpr auto kUndo = std::chrono::minutes(5);  // of its own: the deadline may be what failed
    Context work = context;
    work.stop = {};
    work.deadline = Deadline::after(kUndo);
    if (asked().cleanup_on_fail) {
      std::vector<kube::ObjectRef> created;
      for (const auto& change : plan.changes)
        if (change.body && change.verb == Change::Verb::create) created.push_back(kube::ref_of(*change.body));
      (void)work.cluster.remove_all(created, kube::Cluster::Propagation::background, work.deadline, {});
    }
    if (!asked().undo_on_fail || asked().verb == Verb::rollback)
      return said_what_stays(std::move(error), revision);
    const bool back = is_upgrade();
    if (auto undone = undo(work, back); !undone)
      error.hints.push_back(fmt::format("undoing it failed too: {}", one_line(undone.error())));
    else
      error.hints.push_back(back ? fmt::format("release {} was rolled back", kind_.spec.name)
                                 : fmt::format("release {} was uninstalled again", kind_.spec.name));
    return error;
  }

  /// Under the lock that is held: back to the last revision that was deployed, or away with all of it.
  Result<void> undo(Context& context, bool back) {
    ReleaseKind kind = kind_;
    kind.outcome = nullptr;
    kind.request = {.verb = back ? Verb::rollback : Verb::keep,
                    .take_ownership = true,
                    .hooks = asked().hooks,
                    .wait_for_jobs = asked().wait_for_jobs,
                    .history_max = asked().history_max};
    ReleaseStep step(std::move(kind));
    const auto goal = back ? Goal::present : Goal::absent;
    DPCTL_TRY(const auto plan, step.plan(context, goal));
    return back ? step.carry_through(context, plan) : step.uninstall(context, plan);
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
    if (asked().history_max <= 0 || history_.size() < static_cast<std::size_t>(asked().history_max))
      return {};
    auto records = store(context);
    DPCTL_TRY(const auto history, records.history(kind_.spec.name, context.deadline, context.stop));
    return chart::prune(records, history, asked().history_max, context.deadline, context.stop);
  }

  /// What earlier revisions may have left in the cluster: the objects of the deployed one and of those that
  /// were tried since.
  Result<std::vector<Json>> recorded_objects(Context& context) const {
    const auto* deployed = chart::deployed_of(history_);
    std::vector<Json> all;
    for (const auto& release : history_) {
      if (deployed != nullptr && release.version < deployed->version) continue;
      if (release.status == "uninstalled") continue;
      DPCTL_TRY(auto objects, objects_of(context, release.manifest, kind_.spec.name));
      std::move(objects.begin(), objects.end(), std::back_inserter(all));
    }
    return all;
  }

  Result<plan::StepPlan> plan_uninstall(Context& context) {
    plan::StepPlan plan{.step = kind_.step};
    if (newest() == nullptr) return plan;
    DPCTL_TRY(const auto objects, recorded_objects(context));
    if (newest()->status == "uninstalled" && asked().keep_history)
      return fail(Code::conflict, "release {} is uninstalled already", kind_.spec.name);
    DPCTL_CHECK(plan::plan_pruning(context, objects, {}, plan));
    note_kept(objects);
    std::stable_sort(plan.changes.begin(), plan.changes.end(),
                     [](const Change& a, const Change& b) { return removal_rank(a) < removal_rank(b); });
    for (auto& change : plan.changes) change.reason = "part of the release";
    plan.changes.push_back({.verb = Change::Verb::run,
                            .object = fmt::format("release/{}", kind_.spec.name),
                            .ns = context.environment.ns,
                            .reason = "uninstalled",
                            .fence = std::to_string(newest()->version)});
    return plan;
  }

  static int removal_rank(const Change& change) {
    return chart::uninstall_rank(string_at(*change.body, "kind"));
  }

  void note_kept(const std::vector<Json>& objects) {
    if (kind_.outcome == nullptr) return;
    kind_.outcome->release = *newest();
    for (const auto& object : objects) {
      const Json& annotations = object_at(object, "metadata.annotations");
      if (const auto policy = annotations.find("helm.sh/resource-policy");
          policy != annotations.end() && *policy == "keep")
        kind_.outcome->kept.push_back(kube::to_string(kube::ref_of(object)));
    }
  }

  /// Kind after kind, what depends on others first; those of one kind at once.
  static Result<void> remove_in_order(Context& context, const plan::StepPlan& plan) {
    std::map<int, plan::StepPlan> blocks;
    for (const auto& change : plan.changes)
      if (change.body) {
        auto& block = blocks[removal_rank(change)];
        block.step = plan.step;
        block.changes.push_back(change);
      }
    for (const auto& [rank, block] : blocks) DPCTL_CHECK(plan::apply_objects(context, block));
    return {};
  }

  Result<void> uninstall(Context& context, const plan::StepPlan& plan) {
    chart::Release last = *newest();
    const bool hooks = asked().hooks && last.status != "uninstalled";
    if (hooks) DPCTL_CHECK(run_hooks(context, kind_.step, last, "pre-delete"));
    DPCTL_CHECK(remove_in_order(context, plan));
    if (asked().wait) {
      std::vector<kube::ObjectRef> gone;
      for (const auto& change : plan.changes)
        if (change.body) gone.push_back(kube::ref_of(*change.body));
      DPCTL_CHECK(kube::wait_gone(context.cluster, gone, context.deadline, context.stop, context.events));
    }
    if (hooks) DPCTL_CHECK(run_hooks(context, kind_.step, last, "post-delete"));
    auto records = store(context);
    if (asked().keep_history) {
      last.status = "uninstalled";
      last.deleted = now();
      last.description = asked().description.empty() ? "Uninstallation complete" : asked().description;
      return records.update(last, context.deadline, context.stop);
    }
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
  std::shared_ptr<const chart::Chart> chart_;
  chart::Rendered rendered_;
  std::string manifest_;
  int target_ = 0;  ///< of a rollback
  std::map<std::string, std::string> labels_;
  std::vector<Json> crds_;  ///< that are created first
  std::vector<Json> objects_;
};

}  // namespace

std::unique_ptr<plan::Step> make_release_step(ReleaseKind kind) {
  return std::make_unique<ReleaseStep>(std::move(kind));
}

}  // namespace dpctl::deploy
