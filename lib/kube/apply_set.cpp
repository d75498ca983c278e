#include "lib/kube/apply_set.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::kube {
namespace {

constexpr const char* kId = "applyset.kubernetes.io/id";
constexpr const char* kPartOf = "applyset.kubernetes.io/part-of";
constexpr const char* kTooling = "applyset.kubernetes.io/tooling";
constexpr const char* kKinds = "applyset.kubernetes.io/contains-group-kinds";
constexpr const char* kNamespaces = "applyset.kubernetes.io/additional-namespaces";

std::string group_kind(const Gvk& gvk) { return gvk.group.empty() ? gvk.kind : gvk.kind + "." + gvk.group; }

std::string list_of(const std::set<std::string>& words) {
  return join(std::vector<std::string>(words.begin(), words.end()), ",");
}

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

std::vector<std::string> annotation(const Json& object, const char* key) {
  std::vector<std::string> words;
  const Json& annotations = object_at(object, "metadata.annotations");
  const auto found = annotations.find(key);
  if (found == annotations.end() || !found->is_string()) return words;
  for (const auto word : split(found->get_ref<const std::string&>(), ',')) {
    if (!trim(word).empty()) words.emplace_back(trim(word));
  }
  return words;
}

}  // namespace

ApplySet::ApplySet(ObjectRef parent) : parent_(std::move(parent)) {
  const auto text = fmt::format("{}.{}.{}.{}", parent_.name, parent_.ns, parent_.gvk.kind, parent_.gvk.group);
  id_ = "applyset-" + base64url_encode(from_hex(sha256_hex(text))) + "-v1";
}

void ApplySet::adopt(Json& object) const { object["metadata"]["labels"][kPartOf] = id_; }

Json ApplySet::parent_object(std::span<const ObjectRef> members, std::span<const ObjectRef> also) const {
  std::set<std::string> kinds;
  std::set<std::string> namespaces;
  for (const auto refs : {members, also}) {
    for (const auto& ref : refs) {
      kinds.insert(group_kind(ref.gvk));
      if (!ref.ns.empty() && ref.ns != parent_.ns) namespaces.insert(ref.ns);
    }
  }
  Json object = Json::object();
  object["apiVersion"] = parent_.gvk.api_version();
  object["kind"] = parent_.gvk.kind;
  object["metadata"]["name"] = parent_.name;
  if (!parent_.ns.empty()) object["metadata"]["namespace"] = parent_.ns;
  object["metadata"]["labels"][kId] = id_;
  object["metadata"]["annotations"][kTooling] = "dpctl/v1";
  object["metadata"]["annotations"][kKinds] = list_of(kinds);
  object["metadata"]["annotations"][kNamespaces] = list_of(namespaces);
  return object;
}

Result<std::vector<ObjectRef>> ApplySet::members(Cluster& cluster, Deadline deadline, StopToken stop) const {
  std::vector<ObjectRef> found;
  auto parent = cluster.get(parent_, deadline, stop);
  if (!parent && parent.error().code == Code::not_found) return found;
  if (!parent) return fail(std::move(parent).error());
  auto namespaces = annotation(*parent, kNamespaces);
  namespaces.push_back(parent_.ns.empty() ? cluster.connection().ns : parent_.ns);
  for (const auto& kind : annotation(*parent, kKinds)) {
    auto type = cluster.resource_named(kind, deadline, stop);
    // The kind's definition is gone, and its objects with it.
    if (!type && type.error().code == Code::not_found) continue;
    if (!type) return fail(std::move(type).error());
    const std::vector<std::string> everywhere{""};
    for (const auto& ns : type->namespaced ? namespaces : everywhere) {
      const ListOptions options{.label_selector = std::string(kPartOf) + "=" + id_, .metadata_only = true};
      DPCTL_TRY(const Json list, cluster.list(type->gvk, ns, options, deadline, stop));
      for (const auto& item : array_at(list, "items")) found.push_back(ref_of(item));
    }
  }
  return found;
}

std::vector<ObjectRef> ApplySet::to_prune(std::span<const ObjectRef> before,
                                          std::span<const ObjectRef> wanted) {
  const auto key = [](const ObjectRef& ref) {
    return std::tuple(ref.gvk.group, ref.gvk.kind, ref.ns, ref.name);
  };
  std::set<std::tuple<std::string, std::string, std::string, std::string>> keep;
  for (const auto& ref : wanted) keep.insert(key(ref));
  std::vector<ObjectRef> prune;
  for (const auto& ref : before) {
    if (keep.count(key(ref)) == 0) prune.push_back(ref);
  }
  std::sort(prune.begin(), prune.end());
  return prune;
}

}  // namespace dpctl::kube
