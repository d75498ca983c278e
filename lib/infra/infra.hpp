#pragma once

#include <memory>

#include "lib/plan/step.hpp"

namespace dpctl::infra {

/// Section 3 of the guide: Redis with three Sentinels and pgBouncer, as a Helm release of the chart that
/// comes with dpctl.
std::unique_ptr<plan::Step> make_step(const plan::Environment&);

}  // namespace dpctl::infra
