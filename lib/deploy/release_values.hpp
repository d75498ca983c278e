#pragma once

#include "lib/deploy/release_request.hpp"

namespace dpctl::deploy {

/// The chart and the user's values of a revision that follows `current` (nullptr: the first one), by
/// Helm's rules for --reuse-values, --reset-values and --reset-then-reuse-values. The request stays as it is.
struct ChartAndValues {
  std::shared_ptr<chart::Chart> chart;
  chart::Value values;
};
Result<ChartAndValues> values_after(const chart::Release* current, const ReleaseRequest& request);

}  // namespace dpctl::deploy
