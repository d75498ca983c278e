#pragma once

#include "lib/deploy/release_state.hpp"

namespace dpctl::deploy {

/// After a revision failed: removes what it created (cleanup_on_fail) and goes back to the last revision that
/// was deployed, or uninstalls when there is none (undo_on_fail), as was asked for. Returns the error with
/// what was done, or that nothing was.
Error after_failure(const plan::Context&, const ReleaseState&, const plan::StepPlan&, Error,
                    const chart::Release& failed);

}  // namespace dpctl::deploy
