#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "lib/data/json.hpp"

namespace dpctl::kube {

/// Group, version and kind: "apps/v1 Deployment". The core group is "".
struct Gvk {
  std::string group;
  std::string version;
  std::string kind;
  /// "apps/v1", or "v1" for the core group.
  [[nodiscard]] std::string api_version() const;
  auto operator<=>(const Gvk&) const = default;
};
Gvk gvk_from(std::string_view api_version, std::string_view kind);
Gvk gvk_of(const Json& object);

/// Names one object. `ns` is empty for objects that live in no namespace.
struct ObjectRef {
  Gvk gvk;
  std::string ns;
  std::string name;
  auto operator<=>(const ObjectRef&) const = default;
};
ObjectRef ref_of(const Json& object);

/// As kubectl prints it: "deployment.apps/web", "configmap/x".
std::string to_string(const ObjectRef&);

}  // namespace dpctl::kube
