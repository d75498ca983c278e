#pragma once

#include <string>
#include <vector>

#include "lib/chart/schema_document.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// The lines of a report, "- at '/replicas': got string, want integer", those of alternatives indented below
/// what they are alternatives of. `problem` says why the check could not be finished (too deep, too long);
/// empty otherwise.
struct SchemaReport {
  std::vector<std::string> complaints;
  std::string problem;
};

/// Checks a value. Work and depth are bounded.
SchemaReport check_against(const SchemaDocument& schema, const Value& value);

}  // namespace dpctl::chart
