#pragma once

#include "cli/app/env.hpp"
#include "lib/kube/payload.hpp"

namespace dpctl::cli {

/// What Helm keeps release records in by $HELM_DRIVER: "secret" (also when it is not set) or "configmap", each
/// also in the plural. Its other drivers are a usage error.
Result<kube::PayloadKind> record_kind(const Env&);

}  // namespace dpctl::cli
