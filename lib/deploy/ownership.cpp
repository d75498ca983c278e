#include "lib/deploy/ownership.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace dpctl::deploy {
namespace {

std::string text_of(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

Result<void> check_owner(const Json& live, const kube::ObjectRef& ref, const std::string& ns,
                         const std::string& release) {
  const Json& annotations = object_at(live, "metadata.annotations");
  const auto owner = text_of(annotations, "meta.helm.sh/release-name");
  const auto owner_ns = text_of(annotations, "meta.helm.sh/release-namespace");
  const bool managed = text_of(object_at(live, "metadata.labels"), "app.kubernetes.io/managed-by") == "Helm";
  if (managed && owner == release && owner_ns == ns) return {};
  const auto whose = owner.empty() ? std::string("belongs to no release")
                                   : fmt::format("belongs to release {} in namespace {}", owner, owner_ns);
  return fail(Code::conflict, "{} exists already and {}", kube::to_string(ref), whose)
      .hint("--take-ownership makes it a part of release {}", release);
}

}  // namespace

plan::LiveCheck ownership_check(std::string ns, std::string release, std::span<const Json> known) {
  std::set<kube::ObjectRef> ours;
  for (const auto& object : known) ours.insert(kube::ref_of(object));
  return [ns = std::move(ns), release = std::move(release), ours = std::move(ours)](
             const kube::ObjectRef& ref, const Json& live) -> Result<void> {
    return ours.contains(ref) ? Result<void>() : check_owner(live, ref, ns, release);
  };
}

}  // namespace dpctl::deploy
