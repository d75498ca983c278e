#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/data/json.hpp"

namespace dpctl::kube {

/// A field that another manager owns, from the 409 answer to a server-side apply.
struct FieldConflict {
  std::string manager;  ///< "kubectl-client-side-apply"
  std::string field;    ///< ".spec.replicas"
  bool operator==(const FieldConflict&) const = default;
};

/// From the causes of a Status object.
std::vector<FieldConflict> conflicts_in(const Json& status);

/// From the hints of the Error that Cluster::apply returned; empty when it was another error. For a policy
/// per owner.
std::vector<FieldConflict> conflicts_of(const Error&);

/// `manager "x" owns .spec.replicas`: the spelling that conflicts_of reads back.
std::string hint_of(const FieldConflict&);

}  // namespace dpctl::kube
