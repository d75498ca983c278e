#pragma once

#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// Go's complex128, which a template can write down (`1i`, `2+3i`) and print, and do little else with.
Value complex_number(double real, double imaginary);

}  // namespace dpctl::chart
