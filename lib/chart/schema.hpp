#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// Checks the values of the chart and of each subchart against its values.schema.json. The error lists every
/// violation, and each schema that is not one.
Result<void> check_schemas(const Chart& chart, const Value& values);

/// Violations of one JSON schema (draft 4 to 2020-12, `$ref` within the document): "- at '/replicas': got
/// string, want integer". An unreadable schema, or a reference to another document, is an error.
Result<std::vector<std::string>> violations(std::string_view schema, const Value& value);

}  // namespace dpctl::chart
