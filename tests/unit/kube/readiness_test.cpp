#include "lib/kube/readiness.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/kube/pods.hpp"

using namespace dpctl;
using namespace dpctl::kube;
using State = Readiness::State;

namespace {

std::string name_of(State state) {
  switch (state) {
    case State::in_progress: return "in progress";
    case State::current: return "current";
    case State::failed: return "failed";
    case State::terminating: return "terminating";
    case State::not_found: return "not found";
  }
  return "?";
}

struct Row {
  const char* why;
  const char* api_version;
  const char* kind;
  const char* rest;  ///< the other members of the object
  State state;
};

Json object_of(const Row& row) {
  Json object = Json::parse(row.rest);
  object["apiVersion"] = row.api_version;
  object["kind"] = row.kind;
  return object;
}

constexpr const char* kGoodDeployment =
    R"({"metadata":{"generation":2},"spec":{"replicas":2,"progressDeadlineSeconds":600},"status":{"observedGeneration":2,"replicas":2,
  "updatedReplicas":2,"readyReplicas":2,"availableReplicas":2,"conditions":[{"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable"},{"type":"Available","status":"True"}]}})";

const Row kRows[] = {
    {"deletion wins over everything", "v1", "ConfigMap",
     R"({"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}})", State::terminating},
    {"an unobserved generation", "apps/v1", "Deployment",
     R"({"metadata":{"generation":3},"status":{"observedGeneration":2}})", State::in_progress},
    {"Reconciling", "x/v1", "Thing",
     R"({"status":{"conditions":[{"type":"Reconciling","status":"True","message":"m"}]}})",
     State::in_progress},
    {"Stalled", "x/v1", "Thing",
     R"({"status":{"conditions":[{"type":"Stalled","status":"True","message":"m"}]}})", State::failed},
    {"a custom resource without conditions", "x/v1", "Thing", R"({})", State::current},
    {"Ready is True", "x/v1", "Thing", R"({"status":{"conditions":[{"type":"Ready","status":"True"}]}})",
     State::current},
    {"Ready is False", "x/v1", "Thing", R"({"status":{"conditions":[{"type":"Ready","status":"False"}]}})",
     State::in_progress},
    {"Ready is Unknown", "x/v1", "Thing",
     R"({"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}})", State::in_progress},
    {"a rolled out Deployment", "apps/v1", "Deployment", kGoodDeployment, State::current},
    {"a Deployment before its first status", "apps/v1", "Deployment",
     R"({"metadata":{"generation":1},"spec":{}})", State::in_progress},
    {"a Deployment with old pods left", "apps/v1", "Deployment",
     R"({"spec":{"replicas":1},"status":{"replicas":2,"updatedReplicas":1,"readyReplicas":2,"availableReplicas":2}})",
     State::in_progress},
    {"a Deployment that is not updated", "apps/v1", "Deployment",
     R"({"spec":{"replicas":2},"status":{"replicas":2,"updatedReplicas":1,"readyReplicas":2,"availableReplicas":2}})",
     State::in_progress},
    {"a Deployment that is not available", "apps/v1", "Deployment",
     R"({"spec":{"replicas":1},"status":{"replicas":1,"updatedReplicas":1,"readyReplicas":1}})",
     State::in_progress},
    {"a Deployment past its deadline", "apps/v1", "Deployment",
     R"({"spec":{"replicas":1},"status":{"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]}})",
     State::failed},
    {"a Deployment of no replicas", "apps/v1", "Deployment",
     R"({"spec":{"replicas":0},"status":{"conditions":[{"type":"Available","status":"True"}]}})",
     State::current},
    {"a good StatefulSet", "apps/v1", "StatefulSet",
     R"({"spec":{"replicas":1},"status":{"replicas":1,"readyReplicas":1,"currentReplicas":1,"updatedReplicas":1,"currentRevision":"a","updateRevision":"a"}})",
     State::current},
    {"a StatefulSet between revisions", "apps/v1", "StatefulSet",
     R"({"spec":{"replicas":1},"status":{"replicas":1,"readyReplicas":1,"currentReplicas":1,"currentRevision":"a","updateRevision":"b"}})",
     State::in_progress},
    {"a StatefulSet up to its partition", "apps/v1", "StatefulSet",
     R"({"spec":{"replicas":3,"updateStrategy":{"rollingUpdate":{"partition":2}}},"status":{"replicas":3,"readyReplicas":3,"updatedReplicas":1,"currentRevision":"a","updateRevision":"b"}})",
     State::current},
    {"a StatefulSet that updates on deletion", "apps/v1", "StatefulSet",
     R"({"spec":{"updateStrategy":{"type":"OnDelete"}},"status":{}})", State::current},
    {"a good DaemonSet", "apps/v1", "DaemonSet",
     R"({"metadata":{"generation":1},"status":{"observedGeneration":1,"desiredNumberScheduled":1,"currentNumberScheduled":1,"updatedNumberScheduled":1,"numberAvailable":1,"numberReady":1}})",
     State::current},
    {"a DaemonSet nobody has looked at", "apps/v1", "DaemonSet",
     R"({"metadata":{"generation":1},"status":{}})", State::in_progress},
    {"a DaemonSet not ready everywhere", "apps/v1", "DaemonSet",
     R"({"metadata":{"generation":1},"status":{"observedGeneration":1,"desiredNumberScheduled":2,"currentNumberScheduled":2,"updatedNumberScheduled":2,"numberAvailable":1,"numberReady":2}})",
     State::in_progress},
    {"a good ReplicaSet", "apps/v1", "ReplicaSet",
     R"({"spec":{"replicas":1},"status":{"replicas":1,"fullyLabeledReplicas":1,"availableReplicas":1,"readyReplicas":1}})",
     State::current},
    {"a ReplicaSet over its quota", "apps/v1", "ReplicaSet",
     R"({"status":{"conditions":[{"type":"ReplicaFailure","status":"True","message":"exceeded quota"}]}})",
     State::in_progress},
    {"a ready Pod", "v1", "Pod",
     R"({"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}})", State::current},
    {"a running Pod", "v1", "Pod",
     R"({"status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}]}})",
     State::in_progress},
    {"a crash looping Pod", "v1", "Pod",
     R"({"status":{"phase":"Running","containerStatuses":[{"name":"c","state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}})",
     State::failed},
    {"a completed Pod", "v1", "Pod", R"({"status":{"phase":"Succeeded"}})", State::current},
    {"a failed Pod is as it will stay", "v1", "Pod", R"({"status":{"phase":"Failed"}})", State::current},
    {"a Pod that long fits no node", "v1", "Pod",
     R"({"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","lastTransitionTime":"2020-01-01T00:00:00Z"}]}})",
     State::failed},
    {"a Pod that waits for a node", "v1", "Pod",
     R"({"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","lastTransitionTime":"2999-01-01T00:00:00Z"}]}})",
     State::in_progress},
    {"a Pod without status", "v1", "Pod", R"({})", State::in_progress},
    {"a complete Job", "batch/v1", "Job",
     R"({"status":{"conditions":[{"type":"Complete","status":"True"}]}})", State::current},
    {"a failed Job", "batch/v1", "Job",
     R"({"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}})",
     State::failed},
    {"a Job that runs", "batch/v1", "Job", R"({"status":{"startTime":"2026-01-01T00:00:00Z","active":1}})",
     State::current},
    {"a Job that has not started", "batch/v1", "Job", R"({"status":{}})", State::in_progress},
    {"a suspended Job", "batch/v1", "Job",
     R"({"status":{"conditions":[{"type":"Suspended","status":"True"}]}})", State::current},
    {"a CronJob", "batch/v1", "CronJob", R"({})", State::current},
    {"a bound claim", "v1", "PersistentVolumeClaim", R"({"status":{"phase":"Bound"}})", State::current},
    {"a pending claim", "v1", "PersistentVolumeClaim", R"({"status":{"phase":"Pending"}})",
     State::in_progress},
    {"a Service", "v1", "Service", R"({"spec":{"type":"ClusterIP"}})", State::current},
    {"a load balancer without address", "v1", "Service", R"({"spec":{"type":"LoadBalancer"}})",
     State::in_progress},
    {"an established definition", "apiextensions.k8s.io/v1", "CustomResourceDefinition",
     R"({"status":{"conditions":[{"type":"NamesAccepted","status":"True"},{"type":"Established","status":"True"}]}})",
     State::current},
    {"a definition whose names are taken", "apiextensions.k8s.io/v1", "CustomResourceDefinition",
     R"({"status":{"conditions":[{"type":"NamesAccepted","status":"False","message":"taken"}]}})",
     State::failed},
    {"a definition on its way", "apiextensions.k8s.io/v1", "CustomResourceDefinition",
     R"({"status":{"conditions":[{"type":"Established","status":"False","reason":"Installing"}]}})",
     State::in_progress},
    {"a disruption budget", "policy/v1", "PodDisruptionBudget", R"({})", State::current},
    {"conditions of the wrong kind", "x/v1", "Thing", R"({"status":{"conditions":"Ready"}})", State::current},
    {"status of the wrong kind", "apps/v1", "Deployment", R"({"status":[1]})", State::in_progress},
};

Json pod_with(const std::string& waiting, const std::string& labels = "{}") {
  return Json::parse(
      R"({"metadata":{"name":"web-1","labels":)" + labels +
      R"(},"status":{"phase":"Pending","containerStatuses":[{"name":"main","restartCount":4,
    "state":{"waiting":{"reason":")" +
      waiting + R"(","message":"m"}},"lastState":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]}})");
}

}  // namespace

TEST_CASE("readiness follows the rules of kstatus") {
  for (const auto& row : kRows) {
    INFO(std::string(row.why));
    const Readiness readiness = readiness_of(object_of(row));
    CHECK(name_of(readiness.state) == name_of(row.state));
  }
}

TEST_CASE("to completion, a Job that runs is in progress and a Pod that failed has failed") {
  CHECK(readiness_of(
            Json::parse(
                R"({"apiVersion":"batch/v1","kind":"Job","status":{"startTime":"2026-01-01T00:00:00Z"}})"),
            true)
            .state == State::in_progress);
  CHECK(readiness_of(Json::parse(R"({"apiVersion":"v1","kind":"Pod","status":{"phase":"Failed"}})"), true)
            .state == State::failed);
}

TEST_CASE("a Deployment says which count is missing") {
  Json object = Json::parse(kGoodDeployment);
  object["apiVersion"] = "apps/v1";
  object["kind"] = "Deployment";
  object["status"]["availableReplicas"] = 1;
  CHECK(readiness_of(object).message == "available: 1/2");
}

TEST_CASE("a pod's trouble is named with its container") {
  const auto image = trouble_of(pod_with("ImagePullBackOff"));
  REQUIRE(image);
  CHECK(image->container == "main");
  CHECK(image->reason == "ImagePullBackOff");
  CHECK(!image->crash);
  const auto crash = trouble_of(pod_with("CrashLoopBackOff"));
  REQUIRE(crash);
  CHECK(crash->crash);
  CHECK(crash->message == "restarted 4 times, last OOMKilled, exit code 137");
  CHECK(!trouble_of(pod_with("ContainerCreating")));
}

TEST_CASE("a workload selects its pods by labels, expressions and revision") {
  const Json workload = Json::parse(
      R"({"spec":{"selector":{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]},
    {"key":"old","operator":"DoesNotExist"}]}},"status":{"updateRevision":"r2"}})");
  CHECK(selector_text(workload) == "app=web,tier in (a,b),!old");
  CHECK(selects(workload, pod_with("x", R"({"app":"web","tier":"a"})")));
  CHECK(selects(workload, pod_with("x", R"({"app":"web","tier":"a","controller-revision-hash":"r2"})")));
  CHECK(!selects(workload, pod_with("x", R"({"app":"web","tier":"a","controller-revision-hash":"r1"})")));
  CHECK(!selects(workload, pod_with("x", R"({"app":"web","tier":"c"})")));
  CHECK(!selects(workload, pod_with("x", R"({"app":"web","tier":"a","old":"1"})")));
  CHECK(!selects(Json::parse(R"({"spec":{}})"), pod_with("x")));
}
