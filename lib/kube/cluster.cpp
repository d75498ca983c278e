#include "lib/kube/cluster.hpp"

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/kube/cluster_state.hpp"

namespace dpctl::kube {
namespace {

constexpr std::size_t kChunk = 500;  // kubectl's --chunk-size

}  // namespace

Cluster::Cluster(Connection connection, Options options)
    : state_(std::make_unique<State>(std::move(connection), std::move(options))) {}
Cluster::~Cluster() = default;
Cluster::Cluster(Cluster&&) noexcept = default;

const Connection& Cluster::connection() const { return state_->requests.connection(); }
net::HttpClient& Cluster::http() { return state_->requests.http(); }

std::string Cluster::State::collection(const ResourceType& type, std::string_view ns) {
  std::string path = type.gvk.group.empty() ? "/api/" : "/apis/" + percent_encode(type.gvk.group) + "/";
  path += percent_encode(type.gvk.version);
  if (type.namespaced && !ns.empty()) path += "/namespaces/" + percent_encode(ns);
  return path + "/" + percent_encode(type.plural);
}

Result<std::string> Cluster::State::path(const ResourceType& type, const ObjectRef& ref,
                                         std::string_view subresource) const {
  // A dot segment would be taken out of the path on its way.
  for (const std::string& part : {ref.name, ref.ns}) {
    if (part == "." || part == "..")
      return fail(Code::usage, "\"{}\" is no name", part).at(Place{.subject = to_string(ref)});
  }
  if (ref.name.empty()) return fail(Code::usage, "a {} without a name", ref.gvk.kind);
  std::string path =
      collection(type, ref.ns.empty() ? requests.connection().ns : ref.ns) + "/" + percent_encode(ref.name);
  if (!subresource.empty()) path += "/" + std::string(subresource);
  return path;
}

std::string Cluster::State::subject(std::string_view verb, const ObjectRef& ref) const {
  std::string text = std::string(verb) + " " + to_string(ref);
  if (!ref.ns.empty()) text += " in " + ref.ns;
  return text;
}

Result<Call> Cluster::State::call(std::string_view method, std::string_view verb, const ObjectRef& ref,
                                  Deadline deadline, const StopToken& stop, std::string_view subresource) {
  Call call;
  call.method = method;
  call.subject = subject(verb, ref);
  auto type = discovery.of(ref.gvk, deadline, stop);
  if (!type) {
    Error error = std::move(type).error();
    if (!error.where) error.where = Place{.subject = call.subject};
    return fail(std::move(error));
  }
  DPCTL_TRY(call.path, path(*type, ref, subresource));
  return call;
}

Result<Json> Cluster::version(Deadline deadline, StopToken stop) {
  return get_raw("/version", deadline, stop);
}

Result<std::vector<ResourceType>> Cluster::resources(Deadline deadline, StopToken stop) {
  return state_->discovery.all(deadline, stop);
}

Result<ResourceType> Cluster::resource_for(const Gvk& gvk, Deadline deadline, StopToken stop) {
  return state_->discovery.of(gvk, deadline, stop);
}

Result<ResourceType> Cluster::resource_named(std::string_view word, Deadline deadline, StopToken stop) {
  return state_->discovery.named(word, deadline, stop);
}

void Cluster::forget_discovery() { state_->discovery.forget(); }

Result<Json> Cluster::get(const ObjectRef& ref, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const Call call, state_->call("GET", "get", ref, deadline, stop));
  return state_->requests.json(call, deadline, stop);
}

Result<Json> Cluster::get_raw(std::string_view path, Deadline deadline, StopToken stop) {
  Call call;
  call.path = path;
  call.subject = "get " + call.path;
  return state_->requests.json(call, deadline, stop);
}

std::string metadata_accept(bool list) {
  return std::string("application/json;as=PartialObjectMetadata") + (list ? "List" : "") +
         ";g=meta.k8s.io;v=v1,application/json";
}

void name_items(Json& list, const Gvk& gvk) {
  for (auto& item : list["items"]) {
    item["kind"] = gvk.kind;
    item["apiVersion"] = gvk.api_version();
  }
}

Result<Json> Cluster::list(const Gvk& gvk, std::string_view ns, const ListOptions& options, Deadline deadline,
                           StopToken stop) {
  DPCTL_TRY(const ResourceType type, state_->discovery.of(gvk, deadline, stop));
  Json all;
  std::string next;
  bool chunked = true;
  do {
    Query query;
    query.add("labelSelector", options.label_selector).add("fieldSelector", options.field_selector);
    if (chunked) query.add("limit", std::to_string(kChunk)).add("continue", next);
    Call call;
    call.path = State::collection(type, ns) + query.text();
    call.subject = fmt::format("list {}{}", type.plural, ns.empty() ? "" : " in " + std::string(ns));
    if (options.metadata_only) call.accept = metadata_accept(true);
    auto chunk = state_->requests.json(call, deadline, stop);
    if (!chunk && chunked && !next.empty() && is_gone(chunk.error())) {
      // The continuation outlived what the server keeps: the whole list anew, in one piece so that it cannot
      // happen twice.
      all = Json();
      next.clear();
      chunked = false;
      continue;
    }
    if (!chunk) return fail(std::move(chunk).error());
    if (!chunk->is_object() || !array_at(*chunk, "items").is_array()) {
      return fail(Code::failed, "the server's answer is not a list").at(Place{.subject = call.subject});
    }
    next = chunked ? string_at(*chunk, "metadata.continue") : "";
    if (all.is_null()) {
      all = *std::move(chunk);
      if (!all["items"].is_array()) all["items"] = Json::array();
    } else {
      all["metadata"]["resourceVersion"] = string_at(*chunk, "metadata.resourceVersion");
      if (const auto items = chunk->find("items"); items != chunk->end()) {
        for (auto& item : *items) all["items"].push_back(std::move(item));
      }
    }
  } while (!next.empty() || all.is_null());
  all["metadata"].erase("continue");
  all["metadata"].erase("remainingItemCount");
  all["kind"] = gvk.kind + "List";
  all["apiVersion"] = type.gvk.api_version();
  name_items(all, type.gvk);
  return all;
}

}  // namespace dpctl::kube
