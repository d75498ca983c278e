#include "support.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "lib/base/strings.hpp"

namespace dpctl::kube::system_test {

const char* const kBusybox = "10.99.0.1:5000/lab/busybox:1";

ConnectionOptions connection_options() {
  ConnectionOptions options;
  const char* files = std::getenv("KUBECONFIG");  // NOLINT(concurrency-mt-unsafe): before any thread
  if (files == nullptr) {
    std::fputs("KUBECONFIG is not set: run this inside the lab, see tests/system/test_kube.py\n", stderr);
    std::exit(2);
  }
  for (const auto file : split(files, ':')) options.kubeconfig.emplace_back(file);
  return options;
}

Cluster cluster(Cluster::Options options) {
  auto connection = connect(connection_options());
  if (!connection) {
    std::fprintf(stderr, "%s\n", one_line(connection.error()).c_str());
    std::exit(2);
  }
  return Cluster(*std::move(connection), std::move(options));
}

Deadline within(int seconds) { return Deadline::after(std::chrono::seconds(seconds)); }

Json parse(const std::string& text) { return Json::parse(text); }

Namespace::Namespace(Cluster& cluster, const std::string& word)
    : cluster_(cluster), name_(fmt::format("kube-{}-{}", word, ::getpid())) {
  Json object = parse(R"({"apiVersion": "v1", "kind": "Namespace", "metadata": {}})");
  object["metadata"]["name"] = name_;
  const auto made = cluster_.apply(object, {}, within(20));
  if (!made) std::fprintf(stderr, "%s\n", one_line(made.error()).c_str());
  // Pods are refused until the namespace's service account is there.
  const ObjectRef account{{"", "v1", "ServiceAccount"}, name_, "default"};
  const Deadline deadline = within(30);
  while (!cluster_.get(account, deadline) && !deadline.passed()) ::usleep(50'000);
}

Namespace::~Namespace() {
  (void)cluster_.remove(ObjectRef{{"", "v1", "Namespace"}, "", name_}, Cluster::Propagation::background,
                        within(20));
}

Json config_map(const std::string& ns, const std::string& name, const std::string& value) {
  Json object = parse(R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": {}})");
  object["metadata"]["name"] = name;
  object["metadata"]["namespace"] = ns;
  object["data"]["value"] = value;
  return object;
}

namespace {

Json pod_spec(const std::string& image, const std::string& script) {
  Json spec = parse(
      R"({"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "command": ["/bin/sh", "-c"]}]})");
  spec["containers"][0]["image"] = image;
  spec["containers"][0]["args"].push_back(script);
  return spec;
}

}  // namespace

Json pod(const std::string& ns, const std::string& name, const std::string& script) {
  Json object = parse(R"({"apiVersion": "v1", "kind": "Pod", "metadata": {}})");
  object["metadata"]["name"] = name;
  object["metadata"]["namespace"] = ns;
  object["spec"] = pod_spec(kBusybox, script);
  return object;
}

Json deployment(const std::string& ns, const std::string& name, const std::string& image,
                const std::string& script) {
  Json object = parse(R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {},
                          "spec": {"replicas": 1, "selector": {"matchLabels": {}}, "template": {"metadata": {"labels": {}}}}})");
  object["metadata"]["name"] = name;
  object["metadata"]["namespace"] = ns;
  object["spec"]["selector"]["matchLabels"]["app"] = name;
  object["spec"]["template"]["metadata"]["labels"]["app"] = name;
  object["spec"]["template"]["spec"] = pod_spec(image, script);
  return object;
}

}  // namespace dpctl::kube::system_test
