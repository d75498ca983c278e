#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::chart {

/// How one object of a manifest differs from what it was.
struct ObjectDifference {
  enum class Kind { added, changed, removed };
  Kind kind;
  std::string object;  ///< "deployment/web", with "namespace/" in front when the manifest names one
  std::string text;    ///< unified, by lines
};

struct ManifestDiffOptions {
  std::size_t context = 3;    ///< unchanged lines around a change
  bool show_secrets = false;  ///< else what a Secret holds is shown as its size and digest
};

/// Object by object, in the order of `after`, then what only `before` has. Comments and the place in a file
/// do not count. An error when one of them is no YAML.
Result<std::vector<ObjectDifference>> diff_manifests(std::string_view before, std::string_view after,
                                                     const ManifestDiffOptions& options = {});

}  // namespace dpctl::chart
