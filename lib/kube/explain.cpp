// lib/kube/explain.cpp: why is this object not ready?
//
// An object's own status says that something is missing, its pods say what, their events say why, and a
// container that keeps ending says it in its last log lines. The answer is one chain through these, each link
// one sentence.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "lib/base/strings.hpp"
#include "lib/kube/pods.hpp"
#include "lib/kube/readiness.hpp"

namespace dpctl::kube {
namespace {

using std::chrono::milliseconds;

constexpr int kLogLines = 5;
constexpr std::size_t kMaxLog = 4096;

class Explaining {
 public:
  Explaining(Cluster& cluster, const ObjectRef& ref, Deadline deadline, StopToken stop)
      : cluster_(cluster), ref_(ref), deadline_(deadline), stop_(std::move(stop)) {
    if (ref_.ns.empty()) ref_.ns = cluster.connection().ns;
  }

  std::optional<Error> run() {
    const auto object = cluster_.get(ref_, deadline_, stop_);
    if (!object) return object.error();
    if (ref_.gvk.kind == "Pod") return pod(*object);
    const std::string selector = selector_text(*object);
    if (!selector.empty() && (ref_.gvk.group == "apps" || ref_.gvk.group == "batch"))
      return workload(*object, selector);
    return newest_event(ref_.gvk.kind, ref_.name);
  }

 private:
  std::optional<Error> workload(const Json& object, const std::string& selector) {
    const auto pods =
        cluster_.list({"", "v1", "Pod"}, ref_.ns, {.label_selector = selector}, deadline_, stop_);
    if (pods) {
      if (const Json* worst = worst_of(object, array_at(*pods, "items"))) return pod(*worst);
    }
    for (const auto& condition : array_at(object, "status.conditions")) {
      if (string_at(condition, "type") == "ReplicaFailure" && string_at(condition, "status") == "True")
        return no_pods(string_at(condition, "message"));
    }
    if (auto event = newest_event(ref_.gvk.kind, ref_.name)) return no_pods(event->what);
    return std::nullopt;
  }

  /// The pod whose story explains most: in trouble before merely unready, young before old.
  static const Json* worst_of(const Json& object, const Json& pods) {
    const Json* worst = nullptr;
    std::pair<int, std::string> rank;
    for (const auto& pod : pods) {
      if (pod_is_well(pod) || !selects(object, pod)) continue;
      const std::pair<int, std::string> mine{trouble_of(pod) ? 1 : 0,
                                             string_at(pod, "metadata.creationTimestamp")};
      if (worst == nullptr || mine > rank) {
        worst = &pod;
        rank = mine;
      }
    }
    return worst;
  }

  Error no_pods(const std::string& message) const {
    Error error{.code = Code::unhealthy, .what = "no pods: " + message};
    if (message.find("quota") != std::string::npos)
      error.hints.push_back("raise the ResourceQuota of the namespace, or ask for less");
    return error;
  }

  std::optional<Error> pod(const Json& pod) {
    const std::string name = string_at(pod, "metadata.name");
    const auto trouble = trouble_of(pod);
    std::optional<Error> chain;
    if (trouble ? trouble->crash : string_at(pod, "status.phase") == "Running")
      chain = last_words(pod, trouble);
    chain = join_up(newest_event("Pod", name), std::move(chain));
    if (trouble && !trouble->container.empty()) {
      Error container{.code = Code::unhealthy,
                      .what = fmt::format("container {}: {}{}", trouble->container, trouble->reason,
                                          trouble->message.empty() ? "" : ": " + trouble->message)};
      container.hints = hints_for(pod, *trouble);
      chain = join_up(std::move(container), std::move(chain));
    }
    Error whole{.code = Code::unhealthy, .what = fmt::format("pod {} is {}", name, state_of(pod, trouble))};
    if (trouble && trouble->container.empty()) whole.hints = hints_for(pod, *trouble);
    return join_up(std::move(whole), std::move(chain));
  }

  static std::string state_of(const Json& pod, const std::optional<PodTrouble>& trouble) {
    if (trouble && trouble->container.empty()) return "unschedulable: " + trouble->message;
    const std::string phase = to_lower(string_at(pod, "status.phase", "pending"));
    if (phase == "running") return "running but not ready";
    return phase;
  }

  static std::vector<std::string> hints_for(const Json& pod, const PodTrouble& trouble) {
    const std::string ns = string_at(pod, "metadata.namespace");
    const std::string name = string_at(pod, "metadata.name");
    if (trouble.reason.rfind("ended", 0) == 0)
      return {fmt::format("kubectl logs -n {} {} -c {}", ns, name, trouble.container)};
    if (trouble.crash)
      return {fmt::format("kubectl logs -n {} {} -c {} --previous", ns, name, trouble.container)};
    if (trouble.reason == "Unschedulable")
      return {"compare requests, node selectors and tolerations with the nodes: kubectl describe nodes"};
    if (trouble.reason == "CreateContainerConfigError")
      return {"does the ConfigMap or Secret that the container refers to exist?"};
    if (trouble.reason.find("Image") != std::string::npos || trouble.reason == "ErrImagePull") {
      return {"is the image's name and tag right, and may the node pull it?"};
    }
    return {};
  }

  static std::optional<Error> join_up(std::optional<Error> outer, std::optional<Error> inner) {
    if (!outer) return inner;
    if (inner) outer->cause = std::make_shared<const Error>(*std::move(inner));
    return outer;
  }

  /// The newest warning about the object. Those that only repeat the state ("Error: ImagePullBackOff",
  /// "Back-off …") come last.
  std::optional<Error> newest_event(const std::string& kind, const std::string& name) {
    const auto events = cluster_.list(
        {"", "v1", "Event"}, ref_.ns,
        {.field_selector = fmt::format("involvedObject.name={},involvedObject.kind={}", name, kind)},
        deadline_, stop_);
    if (!events) return std::nullopt;
    const Json* best = nullptr;
    std::tuple<bool, bool, std::string> rank;
    for (const auto& event : array_at(*events, "items")) {
      const bool warning = string_at(event, "type") == "Warning";
      // A claim that waits is told in Normal events, too.
      if (!warning && kind != "PersistentVolumeClaim") continue;
      const std::string message = string_at(event, "message");
      const bool says_why = message.rfind("Error: ", 0) != 0 && message.rfind("Back-off", 0) != 0;
      std::string when = string_at(event, "lastTimestamp");
      if (when.empty()) when = string_at(event, "eventTime", string_at(event, "metadata.creationTimestamp"));
      std::tuple<bool, bool, std::string> mine{warning, says_why, std::move(when)};
      if (best == nullptr || mine > rank) {
        best = &event;
        rank = std::move(mine);
      }
    }
    if (best == nullptr) return std::nullopt;
    return Error{
        .code = Code::unhealthy,
        .what = fmt::format("{}: {}", string_at(*best, "reason"), trim(string_at(*best, "message")))};
  }

  std::optional<Error> last_words(const Json& pod, const std::optional<PodTrouble>& trouble) {
    Cluster::LogOptions options;
    options.container = trouble ? trouble->container : std::string();
    options.tail_lines = kLogLines;
    std::string text;
    const auto take = [&](std::string_view piece) {
      if (text.size() < kMaxLog) text += piece.substr(0, kMaxLog - text.size());
    };
    const Deadline soon = deadline_.at_most(milliseconds(3'000));
    (void)cluster_.logs(ref_.ns, string_at(pod, "metadata.name"), options, take, soon, stop_);
    if (trim(text).empty() && trouble) {
      options.previous = true;
      text.clear();
      if (!cluster_.logs(ref_.ns, string_at(pod, "metadata.name"), options, take, soon, stop_))
        return std::nullopt;
    }
    std::string lines;
    for (const auto line : split(trim(text), '\n')) {
      if (trim(line).empty()) continue;
      if (!lines.empty()) lines += " | ";
      lines += trim(line);
    }
    if (lines.empty()) return std::nullopt;
    return Error{.code = Code::unhealthy, .what = "last log lines: " + lines};
  }

  Cluster& cluster_;
  ObjectRef ref_;
  Deadline deadline_;
  StopToken stop_;
};

}  // namespace

std::optional<Error> explain(Cluster& cluster, const ObjectRef& ref, Deadline deadline, StopToken stop) {
  return Explaining(cluster, ref, deadline, std::move(stop)).run();
}

}  // namespace dpctl::kube
