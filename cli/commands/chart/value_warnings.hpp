#pragma once

#include "cli/app/env.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::cli {

/// Warns of values that no template of the chart reads; with `strict` they are a usage error.
Result<void> check_values(const chart::Chart& chart, const chart::Value& values, bool strict, Env& env);

}  // namespace dpctl::cli
