#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/deploy/release_request.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// A step that keeps a Helm release as its chart and values say. `dpctl` applies server-side, in parallel,
/// and leaves a release record that `helm list`, `helm history` and `helm rollback` read. An unchanged
/// release writes nothing, not even a record.
struct ReleaseKind {
  std::string step;
  std::vector<std::string_view> needs;
  plan::ReleaseSpec spec;
  Json (*derived)(const plan::Environment&);  ///< values that follow from the environment file; they win over
                                              ///< values files
  ReleaseRequest request{};
  std::shared_ptr<ReleaseOutcome> outcome{};  ///< filled when there is one
};
std::unique_ptr<plan::Step> make_release_step(ReleaseKind kind);

/// The record that an install of the request would begin with, without any cluster: `lookup` finds nothing,
/// and capabilities are Helm's defaults (helm install --dry-run=client).
Result<chart::Release> rehearse_install(const std::string& name, const std::string& ns,
                                        const ReleaseRequest& request);

/// Section 5 of the guide: the four services.
std::unique_ptr<plan::Step> make_step(const plan::Environment&);

/// Any chart as a release, with nothing derived: `dpctl deploy --chart`.
std::unique_ptr<plan::Step> make_chart_step(plan::ReleaseSpec spec, ReleaseRequest request = {},
                                            std::shared_ptr<ReleaseOutcome> outcome = nullptr);

}  // namespace dpctl::deploy
