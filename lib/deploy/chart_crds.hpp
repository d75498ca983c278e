#pragma once

#include "lib/chart/chart.hpp"
#include "lib/chart/objects.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// The custom resource definitions of crds/ that the cluster does not have yet. They are created once and
/// never changed, and carry no marks of a release.
Result<std::vector<Json>> missing_crds(plan::Context&, const chart::Chart&);

/// What templates may ask for once the definitions are there.
void add_kinds(std::span<const Json> crds, chart::Capabilities&);

/// Objects of kinds that these definitions bring live in `ns` when their kind lives in a namespace.
void place_by(std::span<const Json> crds, const std::string& ns, std::vector<Json>& objects);

}  // namespace dpctl::deploy
