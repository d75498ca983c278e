#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/chart/render.hpp"
#include "lib/deploy/release_state.hpp"

namespace dpctl::deploy {

/// What the next revision of a release consists of.
struct Revision {
  std::shared_ptr<const chart::Chart> chart{};  ///< with the dependencies that took part
  chart::Value config = chart::Value::map();    ///< the user's values
  std::string manifest{}, notes{};
  std::vector<chart::Hook> hooks{};
  std::vector<chart::SecretValue> secrets{};    ///< what the record must not hold
  std::map<std::string, std::string> labels{};  ///< of the record
  int back_to = 0;                              ///< the revision that a rollback brings back
  std::vector<Json> crds{};                     ///< of crds/, those that are not there yet
  std::vector<Json> objects{};                  ///< of the manifest, placed and marked
};

/// Renders chart and values for the cluster. Warns of values that nothing reads.
Result<Revision> rendered_revision(plan::Context&, const ReleaseState&, chart::Capabilities);

/// The revision that a rollback brings back, as it was recorded; nothing is rendered.
Result<Revision> recorded_revision(plan::Context&, const ReleaseState&);

/// What has to change, with pruning and, when one is due, the new record as the last change. Looks whether
/// objects are somebody else's, unless that was not asked for.
Result<plan::StepPlan> plan_revision(plan::Context&, const ReleaseState&, const Revision&);

/// Is a new revision due whatever the cluster says of the objects?
bool needs_revision(const ReleaseState&, const Revision&);

/// The record as it is written before anything is applied: pending.
chart::Release pending_record(const ReleaseState&, const Revision&, const std::string& ns);

}  // namespace dpctl::deploy
