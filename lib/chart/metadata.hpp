#pragma once

#include <string_view>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::chart {

/// Reads Chart.yaml. A missing apiVersion is v1.
Result<Metadata> read_metadata(std::string_view text);
/// requirements.yaml of a v1 chart: its dependencies replace those of Chart.yaml.
Result<void> read_requirements(std::string_view text, Metadata& metadata);
/// What Helm does to texts before it looks at them: white space becomes blanks, and what cannot be printed
/// goes. Versions and annotations stay as they are.
void clean_texts(Metadata& metadata);
/// Helm's Validate: a name, a version that is one, a known type, aliases that are names.
Result<void> check_metadata(const Metadata& metadata);

}  // namespace dpctl::chart
