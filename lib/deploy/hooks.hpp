#pragma once

#include <string_view>

#include "lib/chart/release.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// Runs the hooks of one event ("pre-install", "post-upgrade", …) one after the other, by weight, as Helm
/// does: what an earlier run left is removed first (before-hook-creation, also the default), Jobs and Pods
/// are waited for, and afterwards removed as their policies say. Notes each run in the release. The first
/// failing hook ends it with its cause (Code::unhealthy).
Result<void> run_hooks(plan::Context&, std::string_view step, chart::Release&, std::string_view event);

}  // namespace dpctl::deploy
