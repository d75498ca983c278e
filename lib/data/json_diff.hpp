#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lib/data/json.hpp"

namespace dpctl {

/// One difference between two trees. Values are JSON text, "" where there is none: "null" is a value.
struct JsonChange {
  std::string path;  ///< "spec.template.spec.containers[name=web].image", "spec.ports[0]",
                     ///< "metadata.labels['a.b/c']"; "" is the root
  std::string before, after;
};

/// The differences in the order of the paths, at most `most` of them. List items are matched by their "name"
/// where every item of both lists has one of its own, else by position; 1 and 1.0 are equal. A subtree that
/// exists on one side only is one change.
std::vector<JsonChange> json_diff(const Json& before, const Json& after, std::size_t most = 1000);

}  // namespace dpctl
