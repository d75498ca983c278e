#pragma once

#include <string_view>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::chart {

/// Reads Chart.yaml. A missing apiVersion is v1.
Result<Metadata> read_metadata(std::string_view text);
/// requirements.yaml of a v1 chart: its dependencies replace those of Chart.yaml.
Result<void> read_requirements(std::string_view text, Metadata& metadata);
/// Helm's Validate: a name, a version that is one, a known type, aliases that are names. Makes its texts one line
/// each.
Result<void> check_metadata(Metadata& metadata);

}  // namespace dpctl::chart
