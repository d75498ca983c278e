#pragma once

#include <span>
#include <string_view>

#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// Those of `objects` that exist and are in none of the release's records (`recorded`) must carry Helm's
/// marks of this release; the first that does not is an error (Code::conflict) that names it and its owner.
Result<void> check_ownership(plan::Context&, std::span<const Json> objects, std::span<const Json> recorded,
                             std::string_view release);

}  // namespace dpctl::deploy
