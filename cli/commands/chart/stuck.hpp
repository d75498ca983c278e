#pragma once

#include <span>

#include "cli/app/env.hpp"
#include "cli/app/exit_code.hpp"
#include "lib/chart/release_summary.hpp"

namespace dpctl::cli {

/// Says on standard error of each release in the middle of a change who is at work on it, or what to do when nobody
/// is. Always ExitCode::ok: that a release is in the middle of a change is no failure of looking at it.
Result<ExitCode> tell_of_stuck(std::span<const chart::Summary> releases, Env& env);

}  // namespace dpctl::cli
