#pragma once

#include "lib/deploy/release_lock.hpp"
#include "lib/deploy/revision.hpp"

namespace dpctl::deploy {

/// Writes the record of the next revision, under the claim. `unread`: see PendingRecord::write().
Result<std::unique_ptr<PendingRecord>> begin_revision(const plan::Context&, const ReleaseState&,
                                                      const Revision&, const chart::History* unread);

/// Makes the next revision, under the claim: its record, unless the claim has it already, hooks, objects,
/// readiness, hooks, and the record's end. Helm writes the record before the objects and marks it afterwards,
/// and so do we: what is killed in between is seen as pending by both. After a failure the record says so,
/// and what was asked for is undone (undo.hpp). Gives the claim back.
Result<void> carry_through(plan::Context&, ReleaseState&, const Revision&, const plan::StepPlan&,
                           ReleaseClaim claim);

/// The same under a lock that somebody else gives back.
Result<void> carry_through(plan::Context&, ReleaseState&, const Revision&, const plan::StepPlan&);

}  // namespace dpctl::deploy
