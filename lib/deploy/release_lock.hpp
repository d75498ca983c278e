#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/chart/release.hpp"
#include "lib/deploy/pending_record.hpp"
#include "lib/kube/lease.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// The Lease that whoever changes a release holds meanwhile: "dpctl.release.<name>".
std::string lock_name(const std::string& release);

/// What the lock says, once it is given back, of the revision that was begun under it: a record that is still
/// pending then is nobody's work any more.
std::string word_of(int revision, std::string_view begun);

/// How long a revision that another tool left pending counts as its work. Helm keeps no lock, so its death
/// cannot be seen; its own default is 5 minutes for each operation.
inline constexpr std::chrono::minutes kPendingPatience{15};

/// A release that is ours.
struct ReleaseClaim {
  std::unique_ptr<kube::LeaseLock> lock;
  /// Its records as they were read under the lock; nullopt when the lock was free since before they were read the
  /// first time, so that only a tool that holds no lock can have changed them: see check_unmoved().
  std::optional<chart::History> history{};
  std::string left{};  ///< the status in which a run that ended in the middle left the newest revision, which
                       ///< is marked failed now; empty when none did
  std::unique_ptr<PendingRecord> begun{};  ///< of the next revision, when it was written with the claim
};

/// What was read of the release before it is claimed, in this order: the lock, then the records.
struct ClaimBasis {
  std::optional<kube::LeaseLook> look{};
  const chart::History* history = nullptr;
};

/// Blocks until the release is ours. A Lease that its holder no longer renews is waited out (at most half a
/// minute); one that is renewed is an error (Code::conflict) that names holder and expiry.
///
/// A revision that is pending now was left by a run that ended when it was begun under the Lease that has
/// expired, or is the one that the lock was given back with (word_of): it is marked failed at once. Else it
/// was begun by a tool that holds no lock (Helm): it is an error (Code::conflict) until it is older than
/// kPendingPatience, unless `take_over`.
Result<ReleaseClaim> claim_release(plan::Context&, const std::string& release, bool take_over,
                                   const ClaimBasis& basis = {});

/// Are the records, but for revision `ours`, still those of `history`? One cheap request; else Code::conflict.
Result<void> check_unmoved(const plan::Context&, const std::string& release, const chart::History& history,
                           int ours);
/// The error of check_unmoved.
Failure moved_meanwhile(const std::string& release);

}  // namespace dpctl::deploy
