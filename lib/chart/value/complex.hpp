#pragma once

#include <optional>

#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// Go's complex128, which a template can write down (`1i`, `2+3i`) and print, and do little else with.
Value complex_number(double real, double imaginary);

struct ComplexParts {
  double real, imaginary;
};
/// Nothing when the value is of another kind.
std::optional<ComplexParts> complex_parts(const Value& value);

}  // namespace dpctl::chart
