#pragma once

#include <memory>

#include "lib/plan/step.hpp"

namespace dpctl::verify {

/// The check of the pipeline as its users meet it: each service answers /health/ready with what it says of
/// its own dependencies, asked through the API server's service proxy, so that it works from wherever the
/// cluster's API does. Changes nothing.
std::unique_ptr<plan::Step> make_step();

}  // namespace dpctl::verify
