#include "lib/kube/pods.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "lib/base/result.hpp"

namespace dpctl::kube {
namespace {

/// Reasons for which a container waits and that do not go away by waiting. ErrImagePull and ImagePullBackOff
/// take turns.
constexpr std::array<std::string_view, 8> kStuck{"ImagePullBackOff",     "ErrImagePull",
                                                 "InvalidImageName",     "ErrImageNeverPull",
                                                 "CrashLoopBackOff",     "CreateContainerConfigError",
                                                 "CreateContainerError", "RunContainerError"};

/// "exit code 3", "OOMKilled", how a container ended; "" when it did not.
std::string ending_of(const Json& container, std::string_view state) {
  const Json& ended = object_at(object_at(container, state), "terminated");
  if (ended.empty()) return "";
  const std::string reason = string_at(ended, "reason");
  const auto code = int_at(ended, "exitCode");
  std::string text = reason.empty() || reason == "Error" ? fmt::format("exit code {}", code)
                                                         : fmt::format("{}, exit code {}", reason, code);
  const std::string message = string_at(ended, "message");
  return message.empty() ? text : text + ": " + message;
}

std::optional<PodTrouble> trouble_of_container(const Json& container) {
  const std::string reason = string_at(container, "state.waiting.reason");
  const std::string ended = ending_of(container, "state");
  if (!ended.empty() && int_at(container, "state.terminated.exitCode") != 0) {
    return PodTrouble{string_at(container, "name"), "ended with " + ended, "", true, true};
  }
  if (std::find(kStuck.begin(), kStuck.end(), reason) == kStuck.end()) return std::nullopt;
  PodTrouble trouble;
  trouble.container = string_at(container, "name");
  trouble.reason = reason;
  trouble.message = string_at(container, "state.waiting.message");
  trouble.crash = reason == "CrashLoopBackOff";
  if (trouble.crash) {
    const std::string ending = ending_of(container, "lastState");
    trouble.message = fmt::format("restarted {} times{}", int_at(container, "restartCount"),
                                  ending.empty() ? "" : ", last " + ending);
  }
  return trouble;
}

std::string label(const Json& pod, const std::string& key) {
  const Json& labels = object_at(pod, "metadata.labels");
  const auto found = labels.find(key);
  return found != labels.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool has_label(const Json& pod, const std::string& key) {
  return object_at(pod, "metadata.labels").contains(key);
}

bool expression_matches(const Json& expression, const Json& pod) {
  const std::string key = string_at(expression, "key");
  const std::string op = string_at(expression, "operator");
  const Json& values = array_at(expression, "values");
  const std::string value = label(pod, key);
  const bool in = has_label(pod, key) &&
                  std::any_of(values.begin(), values.end(), [&](const Json& v) { return v == value; });
  if (op == "In") return in;
  if (op == "NotIn") return !in;
  if (op == "Exists") return has_label(pod, key);
  return op == "DoesNotExist" && !has_label(pod, key);
}

}  // namespace

std::optional<PodTrouble> trouble_of(const Json& pod) {
  if (find(pod, "metadata.deletionTimestamp") != nullptr) return std::nullopt;
  for (const char* list : {"status.initContainerStatuses", "status.containerStatuses"}) {
    for (const auto& container : array_at(pod, list)) {
      auto trouble = trouble_of_container(container);
      if (!trouble) continue;
      // One that ended and is going to be started again is in a loop only when the kubelet says so.
      if (trouble->crash && trouble->reason != "CrashLoopBackOff")
        trouble->now = string_at(pod, "spec.restartPolicy") == "Never";
      return trouble;
    }
  }
  for (const auto& condition : array_at(pod, "status.conditions")) {
    if (string_at(condition, "type") != "PodScheduled" || string_at(condition, "reason") != "Unschedulable")
      continue;
    if (string_at(condition, "status") != "False") continue;
    PodTrouble trouble;
    trouble.reason = "Unschedulable";
    trouble.message = string_at(condition, "message");
    return trouble;
  }
  return std::nullopt;
}

bool pod_is_well(const Json& pod) {
  if (string_at(pod, "status.phase") == "Succeeded") return true;
  const Json& conditions = array_at(pod, "status.conditions");
  return std::any_of(conditions.begin(), conditions.end(), [](const Json& c) {
    return string_at(c, "type") == "Ready" && string_at(c, "status") == "True";
  });
}

bool selects(const Json& workload, const Json& pod) {
  const Json& wanted = object_at(workload, "spec.selector.matchLabels");
  const Json& expressions = array_at(workload, "spec.selector.matchExpressions");
  if (wanted.empty() && expressions.empty()) return false;
  for (const auto& item : wanted.items()) {
    if (!has_label(pod, item.key()) || item.value() != label(pod, item.key())) return false;
  }
  for (const auto& expression : expressions) {
    if (!expression_matches(expression, pod)) return false;
  }
  const std::string revision = string_at(workload, "status.updateRevision");
  const std::string of_pod = label(pod, "controller-revision-hash");
  return revision.empty() || of_pod.empty() || revision == of_pod;
}

std::string selector_text(const Json& workload) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ",") + part; };
  for (const auto& item : object_at(workload, "spec.selector.matchLabels").items()) {
    if (item.value().is_string()) add(item.key() + "=" + item.value().get<std::string>());
  }
  for (const auto& expression : array_at(workload, "spec.selector.matchExpressions")) {
    const std::string key = string_at(expression, "key");
    const std::string op = string_at(expression, "operator");
    std::string values;
    for (const auto& value : array_at(expression, "values")) {
      if (value.is_string()) values += (values.empty() ? "" : ",") + value.get<std::string>();
    }
    if (op == "In") add(key + " in (" + values + ")");
    if (op == "NotIn") add(key + " notin (" + values + ")");
    if (op == "Exists") add(key);
    if (op == "DoesNotExist") add("!" + key);
  }
  return text;
}

}  // namespace dpctl::kube
