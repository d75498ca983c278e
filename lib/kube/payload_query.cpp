// lib/kube/payload_query.cpp: asks for Secrets and ConfigMaps as bytes.
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/kube/cluster_state.hpp"

namespace dpctl::kube {
namespace {

/// Protobuf first; JSON for servers that have no other.
std::string accept_of(const PayloadQuery& query) {
  if (!query.metadata_only) return "application/vnd.kubernetes.protobuf,application/json;q=0.9";
  const std::string kind =
      std::string("as=PartialObjectMetadata") + (query.name.empty() ? "List" : "") + ";g=meta.k8s.io;v=v1";
  return "application/vnd.kubernetes.protobuf;" + kind + ",application/json;" + kind + ";q=0.9";
}

Result<Call> call_for(const PayloadQuery& query) {
  if (query.name == "." || query.name == ".." || query.ns == "." || query.ns == "..")
    return fail(Code::usage, "\"{}\" in \"{}\" is no name", query.name, query.ns);
  const std::string plural = query.kind == PayloadKind::secret ? "secrets" : "configmaps";
  Call call;
  call.path = "/api/v1/";
  if (!query.ns.empty()) call.path += "namespaces/" + percent_encode(query.ns) + "/";
  call.path += plural;
  call.accept = accept_of(query);
  if (query.name.empty()) {
    Query selector;
    call.path += selector.add("labelSelector", query.label_selector).text();
    call.subject = fmt::format("list {}{}", plural, query.ns.empty() ? "" : " in " + query.ns);
    return call;
  }
  call.path += "/" + percent_encode(query.name);
  call.subject = fmt::format("get {}/{} in {}", to_lower(name_of(query.kind)), query.name, query.ns);
  return call;
}

Result<std::vector<Payload>> payloads_in(Result<net::Response> answer, const Call& call, PayloadKind kind) {
  if (!answer) return fail(std::move(answer).error());
  const std::string* type = answer->headers.find("Content-Type");
  const bool json = type != nullptr && type->find("json") != std::string::npos;
  auto payloads = json ? parse_json(answer->body, call.subject).and_then([&](const Json& tree) {
    return read_payloads(tree, kind);
  })
                       : read_payloads(answer->body);
  if (payloads) return payloads;
  return fail(Code::failed, "the server's answer cannot be read")
      .because(std::move(payloads).error())
      .at(Place{.subject = call.subject});
}

}  // namespace

std::vector<Result<std::vector<Payload>>> Cluster::payloads(std::span<const PayloadQuery> queries,
                                                            Deadline deadline, StopToken stop) {
  std::vector<Result<std::vector<Payload>>> found(queries.size(), std::vector<Payload>());
  std::vector<Call> calls;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto call = call_for(queries[i]);
    if (call) {
      calls.push_back(*std::move(call));
      places.push_back(i);
    } else {
      found[i] = fail(std::move(call).error());
    }
  }
  auto answers = state_->requests.send_all(calls, deadline, stop);
  for (std::size_t i = 0; i < answers.size(); ++i)
    found[places[i]] = payloads_in(std::move(answers[i]), calls[i], queries[places[i]].kind);
  return found;
}

}  // namespace dpctl::kube
