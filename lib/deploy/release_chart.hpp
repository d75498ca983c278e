#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/chart/chart.hpp"
#include "lib/chart/render.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// "builtin:pipeline" and "builtin:infra" are the charts that this program carries (templates/); anything
/// else is a folder or a .tgz, relative to `beside`.
Result<std::shared_ptr<chart::Chart>> find_chart(std::string_view name, const std::filesystem::path& beside);

/// The user's values of a release, later wins: the spec's values files, what the environment says of stores
/// and images (`derived`, an object), the spec's `set`.
Result<chart::Value> release_values(const plan::ReleaseSpec&, const chart::Chart&, const Json& derived,
                                    const std::filesystem::path& beside);

/// What the cluster can do, for .Capabilities.
Result<chart::Capabilities> capabilities_of(kube::Cluster&, Deadline, StopToken);

/// The rendered documents as objects: in the release's namespace where their kind lives in one, with the
/// label and the annotations by which Helm knows what is its own. A document that is not an object is an
/// error that names its file.
Result<std::vector<Json>> objects_of(plan::Context&, std::span<const chart::Manifest>,
                                     std::string_view release);
/// The same for the text of a release record.
Result<std::vector<Json>> objects_of(plan::Context&, std::string_view manifest, std::string_view release);
/// One hook's object; hooks carry no ownership marks, as in Helm.
Result<Json> object_of(plan::Context&, const chart::Hook&);

}  // namespace dpctl::deploy
