#include "lib/kube/object_ref.hpp"

#include "lib/base/strings.hpp"

namespace dpctl::kube {

std::string Gvk::api_version() const { return group.empty() ? version : group + "/" + version; }

Gvk gvk_from(std::string_view api_version, std::string_view kind) {
  const auto slash = api_version.find('/');
  if (slash == std::string_view::npos) return Gvk{"", std::string(api_version), std::string(kind)};
  return Gvk{std::string(api_version.substr(0, slash)), std::string(api_version.substr(slash + 1)),
             std::string(kind)};
}

Gvk gvk_of(const Json& object) {
  return gvk_from(string_at(object, "apiVersion"), string_at(object, "kind"));
}

ObjectRef ref_of(const Json& object) {
  return ObjectRef{gvk_of(object), string_at(object, "metadata.namespace"),
                   string_at(object, "metadata.name")};
}

std::string to_string(const ObjectRef& ref) {
  std::string text = to_lower(ref.gvk.kind);
  if (!ref.gvk.group.empty()) text += "." + ref.gvk.group;
  return text + "/" + ref.name;
}

}  // namespace dpctl::kube
