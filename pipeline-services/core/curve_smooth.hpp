#pragma once

#include <cstddef>
#include <vector>

namespace dpctl::pipeline {

/// Σ weight · x[first…] = value, over consecutive unknowns.
struct AverageConstraint {
  std::size_t first = 0;
  std::vector<double> weights;
  double value = 0;
};

/// The x of `size` values with the smallest sum of squared second differences that meets all constraints;
/// empty when the constraints contradict or repeat each other. Cubic in size + constraints: a curve of ten
/// years takes a few milliseconds.
std::vector<double> smoothest(std::size_t size, const std::vector<AverageConstraint>& constraints);

}  // namespace dpctl::pipeline
