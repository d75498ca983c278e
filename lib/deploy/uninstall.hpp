#pragma once

#include "lib/deploy/release_state.hpp"

namespace dpctl::deploy {

/// The removal of what the records say, kind after kind, what depends on others first. Notes in the outcome
/// which objects their resource policy keeps.
Result<plan::StepPlan> plan_uninstall(plan::Context&, const ReleaseState&);

/// Hooks, removal, records: as `helm uninstall`. The record says "uninstalling" meanwhile, so that a run that
/// ended in the middle is continued by the next.
Result<void> uninstall(plan::Context&, const ReleaseState&, const plan::StepPlan&);

}  // namespace dpctl::deploy
