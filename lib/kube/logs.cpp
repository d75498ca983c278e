#include <nlohmann/json.hpp>

#include "lib/kube/cluster_state.hpp"

namespace dpctl::kube {
namespace {

/// The container that kubectl takes when none is named: the annotated one, else the first.
std::string default_container(const Json& pod) {
  const Json& annotations = object_at(pod, "metadata.annotations");
  const auto annotated = annotations.find("kubectl.kubernetes.io/default-container");
  if (annotated != annotations.end() && annotated->is_string()) return annotated->get<std::string>();
  return string_at(pod, "spec.containers.0.name");
}

Query query_of(const Cluster::LogOptions& options) {
  Query query;
  query.add("container", options.container).add("follow", options.follow ? "true" : "");
  query.add("previous", options.previous ? "true" : "").add("timestamps", options.timestamps ? "true" : "");
  if (options.tail_lines) query.add("tailLines", std::to_string(*options.tail_lines));
  if (options.since_seconds) query.add("sinceSeconds", std::to_string(*options.since_seconds));
  return query;
}

}  // namespace

Result<void> Cluster::logs(std::string_view ns, std::string_view pod, const LogOptions& given,
                           const std::function<void(std::string_view)>& on_text, Deadline deadline,
                           StopToken stop) {
  const ObjectRef ref{{"", "v1", "Pod"}, std::string(ns), std::string(pod)};
  LogOptions options = given;
  ResourceType pods;
  pods.gvk = ref.gvk;
  pods.plural = "pods";
  DPCTL_TRY(const std::string path, state_->path(pods, ref, "log"));
  Call call;
  call.subject = state_->subject("logs", ref);
  call.accept = "*/*";
  call.path = path + query_of(options).text();
  auto body = state_->requests.stream(call, deadline, stop);
  if (!body && options.container.empty() &&
      body.error().what.find("container name must be specified") != std::string::npos) {
    DPCTL_TRY(const Json object, get(ref, deadline, stop));
    options.container = default_container(object);
    call.path = path + query_of(options).text();
    body = state_->requests.stream(call, deadline, stop);
  }
  if (!body) return fail(std::move(body).error());
  while (true) {
    auto piece = (*body)->next(deadline, stop);
    if (!piece) {
      Error error = std::move(piece).error();
      error.where = Place{.subject = call.subject};
      return fail(std::move(error));
    }
    if (!*piece) return {};
    on_text(**piece);
  }
}

}  // namespace dpctl::kube
