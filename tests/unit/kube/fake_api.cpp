#include "tests/unit/kube/fake_api.hpp"

#include <algorithm>

#include "lib/base/strings.hpp"
#include "lib/kube/credentials.hpp"

namespace dpctl::kube::testing {

using net::testing::response;

std::string json_response(int status, const std::string& body, const std::string& head) {
  return response(status, body, "Content-Type: application/json\r\n" + head);
}

std::string status_body(int code, const std::string& reason, const std::string& message) {
  return fmt::format(
      R"({{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{}","reason":"{}","code":{}}})",
      message, reason, code);
}

std::string aggregated_core() {
  return R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{"metadata":{},"versions":[{"version":"v1","freshness":"Current",
    "resources":[{"resource":"configmaps","singularResource":"configmap","responseKind":{"kind":"ConfigMap"},"scope":"Namespaced","shortNames":["cm"],"verbs":["get","list"]},
                 {"resource":"namespaces","singularResource":"namespace","responseKind":{"kind":"Namespace"},"scope":"Cluster","shortNames":["ns"],"verbs":["get"]}]}]}]})";
}

std::string aggregated_groups() {
  return R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[
    {"metadata":{"name":"apps"},"versions":[{"version":"v1","freshness":"Current","resources":[{"resource":"deployments","singularResource":"deployment",
      "responseKind":{"group":"apps","version":"v1","kind":"Deployment"},"scope":"Namespaced","shortNames":["deploy"],"categories":["all"],"verbs":["get"]}]}]},
    {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale","resources":[]}]}]})";
}

std::string config_map(const std::string& name, const std::string& version) {
  return fmt::format(
      R"({{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{}","namespace":"x","resourceVersion":"{}"}}}})",
      name, version);
}

std::string config_map_list(const std::vector<std::string>& items, const std::string& version,
                            const std::string& next) {
  return fmt::format(
      R"({{"kind":"ConfigMapList","apiVersion":"v1","metadata":{{"resourceVersion":"{}","continue":"{}"}},"items":[{}]}})",
      version, next, join(items, ","));
}

void begin_stream(net::testing::Connection& connection) {
  connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
}

bool send_piece(net::testing::Connection& connection, const std::string& text) {
  return connection.write(fmt::format("{:x}\r\n{}\r\n", text.size(), text));
}

void end_stream(net::testing::Connection& connection) { connection.write("0\r\n\r\n"); }

std::string watch_line(const std::string& type, const std::string& object) {
  return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, object);
}

FakeApi::FakeApi(Handler handler)
    : handler_(std::move(handler)),
      server_([this](net::testing::Connection& connection) { serve(connection); }) {}

Connection FakeApi::connection() const {
  Connection connection;
  connection.server = server_.url("");
  connection.ns = std::string(
      1, 'x');  // one character: g++ 12 sees an overlapping copy in assigning a literal here (GCC PR 105329)
  connection.http.http1_only = true;
  connection.http.retries = 2;
  connection.credentials = fixed_credentials("");
  return connection;
}

Cluster FakeApi::cluster(Cluster::Options options) const { return Cluster(connection(), std::move(options)); }

std::vector<std::string> FakeApi::targets() const {
  const std::lock_guard lock(mutex_);
  return targets_;
}

void FakeApi::serve(net::testing::Connection& connection) {
  while (const auto text = connection.read_request()) {
    const auto words = split(std::string_view(*text).substr(0, text->find("\r\n")), ' ');
    Request request{std::string(words.at(0)), std::string(words.at(1)), *text};
    {
      const std::lock_guard lock(mutex_);
      targets_.push_back(request.target);
    }
    const bool discovery = request.target == "/api" || request.target == "/apis";
    if (!discovery) request.number = ++own_;
    if (handler_ && handler_(connection, request)) continue;
    if (request.target == "/api") {
      connection.write(json_response(200, aggregated_core()));
    } else if (request.target == "/apis") {
      connection.write(json_response(200, aggregated_groups()));
    } else {
      connection.write(json_response(404, status_body(404, "NotFound", "not here")));
    }
  }
}

}  // namespace dpctl::kube::testing
