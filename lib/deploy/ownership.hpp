#pragma once

#include <span>
#include <string>

#include "lib/plan/object_set.hpp"

namespace dpctl::deploy {

/// A check for plan::plan_objects: an object that exists and is not among `known` (the release's records, its
/// CRDs) must carry Helm's marks of this release; else it is an error (Code::conflict) that names it and its
/// owner.
plan::LiveCheck ownership_check(std::string ns, std::string release, std::span<const Json> known);

}  // namespace dpctl::deploy
