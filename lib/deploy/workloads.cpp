#include "lib/deploy/workloads.hpp"

#include <nlohmann/json.hpp>

#include <future>

#include "lib/kube/readiness.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::deploy {
namespace {

bool selects(const Json& selector, const Json& labels) {
  for (const auto& [key, value] : object_at(selector, "matchLabels").items())
    if (!labels.contains(key) || labels[key] != value) return false;
  return true;
}

int restarts_of(const Json& selector, const Json& pods) {
  int restarts = 0;
  for (const auto& pod : array_at(pods, "items"))
    if (selects(selector, object_at(pod, "metadata.labels")))
      for (const auto& container : array_at(pod, "status.containerStatuses"))
        restarts += static_cast<int>(int_at(container, "restartCount"));
  return restarts;
}

Workload workload_of(Json object, const kube::Gvk& gvk, const Json& pods) {
  object["apiVersion"] = gvk.api_version();  // items of a list do not say what they are
  object["kind"] = gvk.kind;
  const auto readiness = kube::readiness_of(object);
  Workload workload{.kind = kube::to_string({gvk, "", ""}),
                    .name = string_at(object, "metadata.name"),
                    .ready = static_cast<int>(int_at(object, "status.readyReplicas")),
                    .wanted = static_cast<int>(int_at(object, "spec.replicas", 1)),
                    .image = string_at(object, "spec.template.spec.containers.0.image"),
                    .restarts = restarts_of(object_at(object, "spec.selector"), pods)};
  workload.kind.erase(workload.kind.find_last_not_of('/') + 1);
  if (const auto created = kube::parse_time(string_at(object, "metadata.creationTimestamp")))
    workload.age =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now() - *created);
  workload.healthy = readiness.state == kube::Readiness::State::current;
  workload.message = readiness.message;
  return workload;
}

}  // namespace

Result<std::vector<Workload>> workloads(kube::Cluster& cluster, const std::string& ns, Deadline deadline,
                                        StopToken stop) {
  const kube::Gvk kinds[] = {{"apps", "v1", "Deployment"}, {"apps", "v1", "StatefulSet"}, {"", "v1", "Pod"}};
  std::vector<std::future<Result<Json>>> lists;
  for (const auto& gvk : kinds)
    lists.push_back(
        std::async(std::launch::async, [&] { return cluster.list(gvk, ns, {}, deadline, stop); }));
  std::vector<Result<Json>> answers;
  for (auto& list : lists) answers.push_back(list.get());
  for (auto& answer : answers)
    if (!answer) return fail(std::move(answer).error());
  std::vector<Workload> found;
  for (std::size_t i = 0; i < 2; ++i)
    for (const auto& item : array_at(*answers[i], "items"))
      found.push_back(workload_of(item, kinds[i], *answers[2]));
  return found;
}

}  // namespace dpctl::deploy
