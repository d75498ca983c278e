// lib/kube/readiness.cpp: where an object stands, by the rules of kstatus (fluxcd/cli-utils
// pkg/kstatus/status: generic.go, core.go).
//
// First what holds for every kind: deletion, a generation that was not observed yet, the conditions
// Reconciling and Stalled. Then the rule of the kind. Then a Ready condition, for custom resources. What has
// none of these is current as soon as it exists.
#include "lib/kube/readiness.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "lib/kube/time.hpp"

namespace dpctl::kube {
namespace {

using State = Readiness::State;

Readiness current(std::string message) { return {State::current, std::move(message)}; }
Readiness in_progress(std::string message) { return {State::in_progress, std::move(message)}; }
Readiness failed(std::string message) { return {State::failed, std::move(message)}; }

struct Condition {
  std::string status, reason, message;
  std::optional<WallTime> since;
};

std::optional<Condition> condition(const Json& object, std::string_view type) {
  for (const auto& each : array_at(object, "status.conditions")) {
    if (string_at(each, "type") != type) continue;
    return Condition{string_at(each, "status"), string_at(each, "reason"), string_at(each, "message"),
                     parse_time(string_at(each, "lastTransitionTime"))};
  }
  return std::nullopt;
}

bool holds(const std::optional<Condition>& condition) { return condition && condition->status == "True"; }

std::string ratio(std::string_view what, std::int64_t have, std::int64_t want) {
  return fmt::format("{}: {}/{}", what, have, want);
}

std::optional<Readiness> generic(const Json& object) {
  if (find(object, "metadata.deletionTimestamp") != nullptr)
    return Readiness{State::terminating, "being deleted"};
  if (find(object, "status.observedGeneration") != nullptr) {
    const auto generation = int_at(object, "metadata.generation");
    const auto observed = int_at(object, "status.observedGeneration");
    if (generation != observed)
      return in_progress(fmt::format("generation is {}, observed is {}", generation, observed));
  }
  if (const auto reconciling = condition(object, "Reconciling"); holds(reconciling))
    return in_progress(reconciling->message);
  if (const auto stalled = condition(object, "Stalled"); holds(stalled)) return failed(stalled->message);
  return std::nullopt;
}

Readiness deployment(const Json& object) {
  const auto progressing = condition(object, "Progressing");
  if (progressing && progressing->reason == "ProgressDeadlineExceeded") {
    return failed(progressing->message.empty() ? "progress deadline exceeded" : progressing->message);
  }
  const auto want = int_at(object, "spec.replicas", 1);
  const auto replicas = int_at(object, "status.replicas");
  const auto updated = int_at(object, "status.updatedReplicas");
  const auto available = int_at(object, "status.availableReplicas");
  const auto ready = int_at(object, "status.readyReplicas");
  if (want > replicas) return in_progress(ratio("replicas", replicas, want));
  if (want > updated) return in_progress(ratio("updated", updated, want));
  if (replicas > want) return in_progress(fmt::format("pending termination: {}", replicas - want));
  if (updated > available) return in_progress(ratio("available", available, updated));
  if (want > ready) return in_progress(ratio("ready", ready, want));
  const bool no_deadline = find(object, "spec.progressDeadlineSeconds") == nullptr;
  if (!no_deadline && !(holds(progressing) && progressing->reason == "NewReplicaSetAvailable"))
    return in_progress("ReplicaSet not available");
  if (!holds(condition(object, "Available"))) return in_progress("Deployment not available");
  return current(fmt::format("available, replicas: {}", replicas));
}

Readiness stateful_set(const Json& object) {
  if (string_at(object, "spec.updateStrategy.type") == "OnDelete") return current("updates on deletion");
  const auto want = int_at(object, "spec.replicas", 1);
  const auto replicas = int_at(object, "status.replicas");
  const auto ready = int_at(object, "status.readyReplicas");
  const auto updated = int_at(object, "status.updatedReplicas");
  const auto at_current = int_at(object, "status.currentReplicas");
  if (want > replicas) return in_progress(ratio("replicas", replicas, want));
  if (want > ready) return in_progress(ratio("ready", ready, want));
  if (replicas > want) return in_progress(fmt::format("pending termination: {}", replicas - want));
  const auto partition = int_at(object, "spec.updateStrategy.rollingUpdate.partition", 0);
  if (partition > 0) {
    if (updated < want - partition) return in_progress(ratio("updated", updated, want - partition));
    return current(fmt::format("partition rolled out, updated: {}", updated));
  }
  if (want > at_current) return in_progress(ratio("current", at_current, want));
  if (string_at(object, "status.currentRevision") != string_at(object, "status.updateRevision")) {
    return in_progress("waiting for the updated revision to become the current one");
  }
  return current(fmt::format("all replicas ready: {}", ready));
}

Readiness daemon_set(const Json& object) {
  if (find(object, "metadata.generation") == nullptr ||
      find(object, "status.observedGeneration") == nullptr) {
    return in_progress("not yet observed");
  }
  if (find(object, "status.desiredNumberScheduled") == nullptr)
    return in_progress("number of pods not yet known");
  const auto want = int_at(object, "status.desiredNumberScheduled");
  for (const auto& [what, field] : {std::pair{"current", "status.currentNumberScheduled"},
                                    {"updated", "status.updatedNumberScheduled"},
                                    {"available", "status.numberAvailable"},
                                    {"ready", "status.numberReady"}}) {
    const auto have = int_at(object, field);
    if (want > have) return in_progress(ratio(what, have, want));
  }
  return current(fmt::format("all replicas scheduled: {}", want));
}

Readiness replica_set(const Json& object) {
  if (const auto failure = condition(object, "ReplicaFailure"); holds(failure))
    return in_progress("replica failure: " + failure->message);
  const auto want = int_at(object, "spec.replicas", 1);
  for (const auto& [what, field] : {std::pair{"labelled", "status.fullyLabeledReplicas"},
                                    {"available", "status.availableReplicas"},
                                    {"ready", "status.readyReplicas"}}) {
    const auto have = int_at(object, field);
    if (want > have) return in_progress(ratio(what, have, want));
  }
  const auto replicas = int_at(object, "status.replicas");
  if (replicas > want) return in_progress(fmt::format("pending termination: {}", replicas - want));
  return current(fmt::format("available, replicas: {}", replicas));
}

std::string crash_looping(const Json& pod) {
  for (const char* list : {"status.initContainerStatuses", "status.containerStatuses"}) {
    for (const auto& container : array_at(pod, list)) {
      if (string_at(container, "state.waiting.reason") == "CrashLoopBackOff")
        return string_at(container, "name");
    }
  }
  return "";
}

Readiness pending_pod(const Json& object) {
  const auto scheduled = condition(object, "PodScheduled");
  if (scheduled && scheduled->status == "False" && scheduled->reason == "Unschedulable") {
    const bool long_ago =
        scheduled->since && std::chrono::system_clock::now() - *scheduled->since > std::chrono::seconds(15);
    if (long_ago) return failed("cannot be scheduled: " + scheduled->message);
    return in_progress("not yet scheduled: " + scheduled->message);
  }
  if (const auto name = crash_looping(object); !name.empty())
    return failed(fmt::format("container {} is crash looping", name));
  return in_progress("pending");
}

Readiness pod(const Json& object, bool to_completion) {
  const std::string phase = string_at(object, "status.phase");
  if (phase == "Succeeded") return current("completed");
  if (phase == "Failed") {
    const std::string why = string_at(object, "status.message", string_at(object, "status.reason"));
    const std::string message = why.empty() ? "completed with an error" : "completed with an error: " + why;
    return to_completion ? failed(message) : current(message);
  }
  if (phase == "Pending") return pending_pod(object);
  if (phase != "Running") return in_progress("phase " + (phase.empty() ? "unknown" : phase));
  const auto ready = condition(object, "Ready");
  if (holds(ready)) return to_completion ? in_progress("running") : current("ready");
  if (ready && ready->reason == "PodCompleted")
    return to_completion ? in_progress("ending") : current("completed");
  if (const auto name = crash_looping(object); !name.empty())
    return failed(fmt::format("container {} is crash looping", name));
  return in_progress("running but not ready");
}

Readiness job(const Json& object, bool to_completion) {
  if (const auto bad = condition(object, "Failed"); holds(bad))
    return failed(fmt::format("{}: {}", bad->reason, bad->message));
  const auto succeeded = int_at(object, "status.succeeded");
  if (holds(condition(object, "Complete")))
    return current(fmt::format("completed, succeeded: {}", succeeded));
  if (holds(condition(object, "Suspended"))) return current("suspended");
  if (string_at(object, "status.startTime").empty()) return in_progress("not started");
  const std::string message =
      fmt::format("running, active: {}, succeeded: {}, failed: {}", int_at(object, "status.active"),
                  succeeded, int_at(object, "status.failed"));
  return to_completion ? in_progress(message) : current(message);
}

Readiness claim(const Json& object) {
  const std::string phase = string_at(object, "status.phase", "Pending");
  return phase == "Bound" ? current("bound") : in_progress("not bound: " + phase);
}

Readiness service(const Json& object) {
  if (string_at(object, "spec.type") == "LoadBalancer" && string_at(object, "spec.clusterIP").empty())
    return in_progress("no cluster IP yet");
  return current("ready");
}

Readiness definition(const Json& object) {
  const auto names = condition(object, "NamesAccepted");
  if (names && names->status == "False") return failed(names->message);
  const auto established = condition(object, "Established");
  if (holds(established)) return current("established");
  if (established && established->status == "False" && established->reason != "Installing")
    return failed(established->message);
  return in_progress("being installed");
}

Readiness by_ready_condition(const Json& object) {
  const auto ready = condition(object, "Ready");
  if (!ready) return current("exists");
  if (ready->status == "True") return current(ready->message.empty() ? "ready" : ready->message);
  return in_progress(ready->message.empty() ? fmt::format("Ready is {}", ready->status) : ready->message);
}

}  // namespace

bool is_current_at_once(const Gvk& gvk) {
  static const std::set<std::string, std::less<>> kCore{"ConfigMap", "Secret", "ServiceAccount", "LimitRange"};
  if (gvk.group == "rbac.authorization.k8s.io") return true;
  return gvk.group.empty() && kCore.contains(gvk.kind);
}

Readiness readiness_of(const Json& object, bool jobs_to_completion) {
  if (const auto early = generic(object)) return *early;
  const Gvk gvk = gvk_of(object);
  const std::string& kind = gvk.kind;
  if (gvk.group == "apps") {
    if (kind == "Deployment") return deployment(object);
    if (kind == "StatefulSet") return stateful_set(object);
    if (kind == "DaemonSet") return daemon_set(object);
    if (kind == "ReplicaSet") return replica_set(object);
  }
  if (gvk.group == "batch" && kind == "Job") return job(object, jobs_to_completion);
  if (gvk.group == "batch" && kind == "CronJob") return current("exists");
  if (gvk.group == "apiextensions.k8s.io" && kind == "CustomResourceDefinition") return definition(object);
  if (gvk.group == "policy" && kind == "PodDisruptionBudget") return current("exists");
  if (gvk.group.empty()) {
    if (kind == "Pod") return pod(object, jobs_to_completion);
    if (kind == "PersistentVolumeClaim") return claim(object);
    if (kind == "Service") return service(object);
    if (kind == "ConfigMap" || kind == "Secret") return current("exists");
  }
  return by_ready_condition(object);
}

}  // namespace dpctl::kube
