// Plans and applies a set of objects.
//
// Whether an object changes is the server's word, not ours: a server-side dry run applies defaults, admission
// and field ownership, and its answer is compared with the live object. All live objects and all dry runs
// travel together, so a plan costs a few round trips whatever the number of objects. Live objects of a kind
// are listed when several are wanted and fetched one by one otherwise: a namespace may hold thousands of
// Secrets that are not ours.
#include "lib/plan/object_set.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <set>

#include "lib/data/json_diff.hpp"
#include "lib/kube/conflict.hpp"
#include "lib/kube/readiness.hpp"

namespace dpctl::plan {
namespace {

using Key = std::pair<kube::Gvk, std::string>;  // (kind, namespace)
constexpr std::size_t kListFrom = 5;  // objects of one kind and namespace from which on they are listed

constexpr std::string_view kKeep = "keep";
constexpr std::string_view kPolicy = "helm.sh/resource-policy";

using Live = std::map<kube::ObjectRef, Json>;

Result<Live> fetch(Context& context, const std::vector<kube::ObjectRef>& refs) {
  Live live;
  auto answers = context.cluster.get_all(refs, context.deadline, context.stop);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (answers[i]) {
      live.emplace(refs[i], *std::move(answers[i]));
    } else if (answers[i].error().code != Code::not_found) {
      return fail(std::move(answers[i]).error());
    }
  }
  return live;
}

Result<Live> fetch_listed(Context& context, const Key& key) {
  Live live;
  auto list = context.cluster.list(key.first, key.second, {}, context.deadline, context.stop);
  if (!list && list.error().code == Code::not_found) return live;
  if (!list) return fail(std::move(list).error());
  for (auto& item : (*list)["items"]) {
    kube::ObjectRef ref{key.first, string_at(item, "metadata.namespace"), string_at(item, "metadata.name")};
    live.emplace(std::move(ref), std::move(item));
  }
  return live;
}

Result<Live> live_objects(Context& context, const std::vector<kube::ObjectRef>& refs) {
  std::map<Key, std::vector<kube::ObjectRef>> groups;
  for (const auto& ref : refs) groups[{ref.gvk, ref.ns}].push_back(ref);
  std::vector<std::future<Result<Live>>> parts;
  std::vector<kube::ObjectRef> single;
  for (auto& [key, members] : groups) {
    if (members.size() < kListFrom)
      single.insert(single.end(), members.begin(), members.end());
    else
      parts.push_back(
          std::async(std::launch::async, [&context, &key = key] { return fetch_listed(context, key); }));
  }
  auto live = fetch(context, single);
  for (auto& part : parts) {
    auto more = part.get();
    if (live && !more)
      live = std::move(more);
    else if (live)
      live->merge(*more);
  }
  return live;
}

/// Without what the server writes itself.
Json comparable(Json object) {
  object.erase("status");
  if (auto meta = object.find("metadata"); meta != object.end() && meta->is_object())
    for (const char* field :
         {"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"})
      meta->erase(field);
  return object;
}

std::vector<FieldChange> field_changes(const Json& before, const Json& after) {
  const bool secret = string_at(after, "kind") == "Secret";
  std::vector<FieldChange> fields;
  for (auto& field : json_diff(before, after)) {
    if (secret && (field.path.starts_with("data") || field.path.starts_with("stringData"))) {
      field.before = field.before.empty() ? "" : "(secret)";
      field.after = field.after.empty() ? "" : "(secret, changed)";
    }
    fields.push_back({std::move(field.path), std::move(field.before), std::move(field.after)});
  }
  return fields;
}

/// Does an autoscaler, Flagger or a person with `kubectl scale` own the number of replicas?
bool replicas_owned_elsewhere(const Json& live) {
  for (const auto& entry : array_at(live, "metadata.managedFields")) {
    if (!entry.contains("fieldsV1") || find(entry["fieldsV1"], "f:spec") == nullptr) continue;
    if (!entry["fieldsV1"]["f:spec"].contains("f:replicas")) continue;
    const auto manager = string_at(entry, "manager");
    if (string_at(entry, "subresource") == "scale" || manager == "flagger" || manager == "kubectl-scale")
      return true;
  }
  return false;
}

bool is_ours_without_apply(const Json& entry, std::string_view manager) {
  return string_at(entry, "manager") == manager && string_at(entry, "operation") == "Update" &&
         string_at(entry, "subresource").empty();
}

/// Did our manager set fields by create, update or patch? Server-side apply would take them for another's.
bool to_be_adopted(const Json& live, std::string_view manager) {
  const Json& entries = array_at(live, "metadata.managedFields");
  return std::any_of(entries.begin(), entries.end(),
                     [&](const Json& entry) { return is_ours_without_apply(entry, manager); });
}

/// The entries with all that `manager` set in one entry of server-side apply (client-go's csaupgrade).
Json adopted_entries(const Json& live, std::string_view manager) {
  Json fields = Json::object();
  Json entries = Json::array(), ours;
  for (const auto& entry : array_at(live, "metadata.managedFields")) {
    const bool applied = string_at(entry, "manager") == manager && string_at(entry, "operation") == "Apply" &&
                         string_at(entry, "subresource").empty();
    if (!applied && !is_ours_without_apply(entry, manager)) {
      entries.push_back(entry);
      continue;
    }
    fields.merge_patch(object_at(entry, "fieldsV1"));
    ours = entry;
  }
  ours["operation"] = "Apply";
  ours["fieldsV1"] = std::move(fields);
  entries.push_back(std::move(ours));
  return entries;
}

/// Rewrites who owns what of one object. Its status may change at any moment, so a moved resourceVersion is
/// looked at again.
Result<void> adopt(Context& context, const kube::ObjectRef& ref, std::string_view manager) {
  for (int attempt = 0;; ++attempt) {
    DPCTL_TRY(const auto live, context.cluster.get(ref, context.deadline, context.stop));
    const Json patch{
        {{"op", "replace"}, {"path", "/metadata/managedFields"}, {"value", adopted_entries(live, manager)}},
        {{"op", "replace"},
         {"path", "/metadata/resourceVersion"},
         {"value", string_at(live, "metadata.resourceVersion")}}};
    const auto patched =
        context.cluster.patch(ref, patch, "application/json-patch+json", context.deadline, context.stop);
    if (patched) return {};
    if (patched.error().code != Code::conflict || attempt == 5) return fail(patched.error());
  }
}

/// Are all conflicts with what our manager set itself?
bool conflicts_only_with(const Error& error, std::string_view manager) {
  const auto conflicts = kube::conflicts_of(error);
  return !conflicts.empty() && std::all_of(conflicts.begin(), conflicts.end(),
                                           [&](const auto& conflict) { return conflict.manager == manager; });
}

bool defines_kind(std::span<const Json> desired, const kube::Gvk& gvk) {
  return std::any_of(desired.begin(), desired.end(), [&](const Json& object) {
    return string_at(object, "kind") == "CustomResourceDefinition" &&
           string_at(object, "spec.group") == gvk.group && string_at(object, "spec.names.kind") == gvk.kind;
  });
}

Result<void> check_kinds(Context& context, std::span<const Json> desired) {
  std::set<kube::Gvk> kinds;
  for (const auto& object : desired) kinds.insert(kube::gvk_of(object));
  for (const auto& gvk : kinds)
    if (auto type = context.cluster.resource_for(gvk, context.deadline, context.stop);
        !type && !(type.error().code == Code::not_found && defines_kind(desired, gvk)))
      return fail(std::move(type).error());
  return {};
}

kube::ApplyOptions options_for(const StepPlan& plan, bool force, bool dry_run) {
  return {.field_manager = std::string(plan.manager), .force_conflicts = force, .dry_run = dry_run};
}

Change change_for(const Json& desired, Change::Verb verb) {
  const auto ref = kube::ref_of(desired);
  return {.verb = verb,
          .object = kube::to_string(ref),
          .ns = ref.ns,
          .body = std::make_shared<const Json>(desired)};
}

/// The plan of one object from its live state and the answer of the dry run.
Result<void> add_change(Context& context, const Json& desired, const Json* live, Result<Json> dry,
                        StepPlan& plan) {
  if (!dry && dry.error().code == Code::not_found &&
      live == nullptr) {  // its namespace or kind comes with this very plan
    plan.changes.push_back(change_for(desired, Change::Verb::create));
    return {};
  }
  Json wanted = desired;
  const bool adopting = live != nullptr && to_be_adopted(*live, plan.manager);
  if (!dry && dry.error().code == Code::conflict && live != nullptr &&
      find(wanted, "spec.replicas") != nullptr && replicas_owned_elsewhere(*live)) {
    wanted["spec"].erase("replicas");
    dry = context.cluster.apply(wanted, options_for(plan, false, true), context.deadline, context.stop);
  }
  if (!dry && adopting && conflicts_only_with(dry.error(), plan.manager))
    dry = context.cluster.apply(wanted, options_for(plan, true, true), context.deadline, context.stop);
  if (!dry) {
    auto error = std::move(dry).error();
    if (error.code == Code::conflict) error.hints.emplace_back("--force-conflicts takes these fields over");
    return fail(std::move(error));
  }
  if (live == nullptr) {
    plan.changes.push_back(change_for(wanted, Change::Verb::create));
    return {};
  }
  auto fields = field_changes(comparable(*live), comparable(*std::move(dry)));
  if (fields.empty() && !adopting) {
    ++plan.unchanged;
    return {};
  }
  Change change = change_for(wanted, Change::Verb::configure);
  change.fields = std::move(fields);
  change.adopt = adopting;
  if (adopting) change.reason = "taken over from a tool that does not use server-side apply";
  change.fence = string_at(*live, "metadata.resourceVersion");
  plan.changes.push_back(std::move(change));
  return {};
}

int level_of(const Json& object) {
  static const std::set<std::string, std::less<>> kFirst{"Namespace", "CustomResourceDefinition"};
  static const std::set<std::string, std::less<>> kWorkloads{"Deployment",
                                                             "StatefulSet",
                                                             "DaemonSet",
                                                             "ReplicaSet",
                                                             "Pod",
                                                             "Job",
                                                             "CronJob",
                                                             "HorizontalPodAutoscaler",
                                                             "APIService",
                                                             "MutatingWebhookConfiguration",
                                                             "ValidatingWebhookConfiguration"};
  const auto kind = string_at(object, "kind");
  if (kFirst.contains(kind)) return 0;
  return kWorkloads.contains(kind) ? 2 : 1;
}

Result<void> apply_level(Context& context, const StepPlan& plan, const std::vector<const Change*>& level) {
  for (const Change* change : level)
    if (change->adopt) DPCTL_CHECK(adopt(context, kube::ref_of(*change->body), plan.manager));
  std::vector<Json> objects;
  objects.reserve(level.size());
  for (const Change* change : level) objects.push_back(*change->body);
  const auto done = [&](std::size_t i) {
    context.events.emit({.kind = Event::Kind::progress,
                         .id = fmt::format("{}/{}", plan.step, level[i]->object),
                         .parent = plan.step,
                         .text = level[i]->verb == Change::Verb::create ? "created" : "configured"});
  };
  auto answers = context.cluster.apply_all(objects, options_for(plan, context.force_conflicts, false),
                                           context.deadline, context.stop);
  std::optional<Error> first;
  std::size_t applied = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i]) {
      ++applied;
      done(i);
    } else if (!first) {
      first = std::move(answers[i]).error();
    }
  }
  if (first) {
    if (applied > 0)
      first->hints.push_back(
          fmt::format("{} of {} objects of this level were applied", applied, level.size()));
    return fail(*std::move(first));
  }
  return {};
}

Result<void> wait_for_kinds(Context& context, const std::vector<const Change*>& level) {
  std::vector<kube::ObjectRef> kinds;
  for (const Change* change : level)
    if (string_at(*change->body, "kind") == "CustomResourceDefinition")
      kinds.push_back(kube::ref_of(*change->body));
  if (kinds.empty()) return {};
  DPCTL_CHECK(kube::wait_ready(context.cluster, kinds, {}, context.deadline, context.stop, context.events));
  context.cluster.forget_discovery();
  return {};
}

Result<void> remove_objects(Context& context, const StepPlan& plan) {
  std::vector<kube::ObjectRef> refs;
  for (const auto& change : plan.changes)
    if (change.verb == Change::Verb::remove && change.body) refs.push_back(kube::ref_of(*change.body));
  auto answers = context.cluster.remove_all(refs, kube::Cluster::Propagation::background, context.deadline,
                                            context.stop);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (!answers[i]) return fail(std::move(answers[i]).error());
    context.events.emit({.kind = Event::Kind::progress,
                         .id = fmt::format("{}/{}", plan.step, kube::to_string(refs[i])),
                         .parent = plan.step,
                         .text = "removed"});
  }
  return {};
}

Json reference_body(const kube::ObjectRef& ref) {
  Json body{
      {"apiVersion", ref.gvk.api_version()}, {"kind", ref.gvk.kind}, {"metadata", {{"name", ref.name}}}};
  if (!ref.ns.empty()) body["metadata"]["namespace"] = ref.ns;
  return body;
}

}  // namespace

Result<StepPlan> plan_objects(Context& context, std::string_view step, std::span<const Json> desired,
                              std::string_view manager, const LiveCheck& check) {
  StepPlan plan{.step = std::string(step), .manager = manager};
  if (desired.empty()) return plan;
  DPCTL_CHECK(check_kinds(context, desired));
  std::vector<kube::ObjectRef> refs;
  refs.reserve(desired.size());
  for (const auto& object : desired) refs.push_back(kube::ref_of(object));
  auto looking = std::async(std::launch::async, [&] { return live_objects(context, refs); });
  auto dry = context.cluster.apply_all(desired, options_for(plan, context.force_conflicts, true),
                                       context.deadline, context.stop);
  DPCTL_TRY(const Live live, looking.get());
  for (const auto& ref : refs)
    if (const auto found = live.find(ref); check && found != live.end()) DPCTL_CHECK(check(ref, found->second));
  for (std::size_t i = 0; i < desired.size(); ++i) {
    const auto found = live.find(refs[i]);
    DPCTL_CHECK(add_change(context, desired[i], found == live.end() ? nullptr : &found->second,
                           std::move(dry[i]), plan));
  }
  return plan;
}

Result<void> plan_pruning(Context& context, std::span<const Json> previous, std::span<const Json> desired,
                          StepPlan& plan) {
  std::set<kube::ObjectRef> wanted;
  for (const auto& object : desired) wanted.insert(kube::ref_of(object));
  std::vector<kube::ObjectRef> gone;
  for (const auto& object : previous) {
    const Json& annotations = object_at(object, "metadata.annotations");
    if (annotations.contains(kPolicy) && annotations[kPolicy] == kKeep) continue;
    if (auto ref = kube::ref_of(object); !wanted.contains(ref)) gone.push_back(std::move(ref));
  }
  DPCTL_TRY(auto removals, plan_removal(context, plan.step, gone));
  for (auto& change : removals.changes) {
    change.reason = "no longer in the chart";
    plan.changes.push_back(std::move(change));
  }
  return {};
}

Result<StepPlan> plan_removal(Context& context, std::string_view step,
                              std::span<const kube::ObjectRef> refs) {
  StepPlan plan{.step = std::string(step)};
  const std::vector<kube::ObjectRef> wanted(refs.begin(), refs.end());
  DPCTL_TRY(const Live live, live_objects(context, wanted));
  for (const auto& ref : wanted) {
    const auto found = live.find(ref);
    if (found == live.end()) continue;
    Change change{.verb = Change::Verb::remove, .object = kube::to_string(ref), .ns = ref.ns};
    change.fence = string_at(found->second, "metadata.resourceVersion");
    if (ref.gvk.kind == "PersistentVolumeClaim" || ref.gvk.kind == "Namespace")
      change.marks.emplace_back("data-loss");
    change.body = std::make_shared<const Json>(reference_body(ref));
    plan.changes.push_back(std::move(change));
  }
  return plan;
}

Result<void> apply_objects(Context& context, const StepPlan& plan) {
  std::map<int, std::vector<const Change*>> levels;
  for (const auto& change : plan.changes)
    if (change.body && (change.verb == Change::Verb::create || change.verb == Change::Verb::configure))
      levels[level_of(*change.body)].push_back(&change);
  for (const auto& [number, level] : levels) {
    DPCTL_CHECK(apply_level(context, plan, level));
    if (number == 0) DPCTL_CHECK(wait_for_kinds(context, level));
  }
  return remove_objects(context, plan);
}

}  // namespace dpctl::plan
