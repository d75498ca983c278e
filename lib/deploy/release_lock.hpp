#pragma once

#include <memory>
#include <string>

#include "lib/kube/lease.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// The Lease that whoever changes a release holds meanwhile: "dpctl.release.<name>".
std::string lock_name(const std::string& release);

/// Blocks until the release is ours. A Lease that its holder no longer renews is waited out (at most half a
/// minute); one that is renewed is an error (Code::conflict) that names holder and expiry.
Result<std::unique_ptr<kube::LeaseLock>> lock_release(plan::Context&, const std::string& release);

}  // namespace dpctl::deploy
