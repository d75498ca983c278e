#include "lib/deploy/ownership.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace dpctl::deploy {
namespace {

std::string text_of(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

Result<void> check_owner(plan::Context& context, const Json& live, const kube::ObjectRef& ref,
                         std::string_view release) {
  const Json& annotations = object_at(live, "metadata.annotations");
  const auto owner = text_of(annotations, "meta.helm.sh/release-name");
  const auto owner_ns = text_of(annotations, "meta.helm.sh/release-namespace");
  const bool managed = text_of(object_at(live, "metadata.labels"), "app.kubernetes.io/managed-by") == "Helm";
  if (managed && owner == release && owner_ns == context.environment.ns) return {};
  const auto whose = owner.empty() ? std::string("belongs to no release")
                                   : fmt::format("belongs to release {} in namespace {}", owner, owner_ns);
  return fail(Code::conflict, "{} exists already and {}", kube::to_string(ref), whose)
      .hint("--take-ownership makes it a part of release {}", release);
}

}  // namespace

Result<void> check_ownership(plan::Context& context, std::span<const Json> objects,
                             std::span<const Json> recorded, std::string_view release) {
  std::set<kube::ObjectRef> ours;
  for (const auto& object : recorded) ours.insert(kube::ref_of(object));
  std::vector<kube::ObjectRef> refs;
  for (const auto& object : objects)
    if (auto ref = kube::ref_of(object); !ours.contains(ref)) refs.push_back(std::move(ref));
  const auto live = context.cluster.get_all(refs, context.deadline, context.stop);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (live[i]) {
      DPCTL_CHECK(check_owner(context, *live[i], refs[i], release));
    } else if (live[i].error().code != Code::not_found) {
      return fail(live[i].error());
    }
  }
  return {};
}

}  // namespace dpctl::deploy
