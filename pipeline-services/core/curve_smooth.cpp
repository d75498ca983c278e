// curve_smooth.cpp: least squares with equality constraints, by its normal equations with multipliers:
// | 2H  Aᵀ | |x|   |0|
// | A   0  | |λ| = |b|   where H holds the squared second differences.
#include "pipeline-services/core/curve_smooth.hpp"

#include <algorithm>
#include <cmath>

namespace dpctl::pipeline {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// Gauss with row pivots; empty when the matrix is singular.
std::vector<double> solve(Matrix& a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    if (std::abs(a[pivot][k]) < 1e-12) return {};
    std::swap(a[k], a[pivot]);
    std::swap(b[k], b[pivot]);
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = a[i][k] / a[k][k];
      if (factor == 0) continue;
      for (std::size_t j = k; j < n; ++j) a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) b[k] -= a[k][j] * b[j];
    b[k] /= a[k][k];
  }
  return b;
}

}  // namespace

std::vector<double> smoothest(std::size_t size, const std::vector<AverageConstraint>& constraints) {
  const std::size_t n = size + constraints.size();
  Matrix a(n, std::vector<double>(n, 0));
  std::vector<double> b(n, 0);
  constexpr double kSecond[]{1, -2, 1};
  for (std::size_t i = 0; i + 2 < size; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) a[i + j][i + k] += 2 * kSecond[j] * kSecond[k];
  for (std::size_t c = 0; c < constraints.size(); ++c) {
    const auto& constraint = constraints[c];
    for (std::size_t i = 0; i < constraint.weights.size(); ++i) {
      a[size + c][constraint.first + i] = constraint.weights[i];
      a[constraint.first + i][size + c] = constraint.weights[i];
    }
    b[size + c] = constraint.value;
  }
  // One constraint does not fix both height and slope of a straight line: prefer a level one.
  if (constraints.size() < 2)
    for (std::size_t i = 0; i + 1 < size; ++i) {
      constexpr double kLevel = 1e-6;
      a[i][i] += kLevel, a[i + 1][i + 1] += kLevel;
      a[i][i + 1] -= kLevel, a[i + 1][i] -= kLevel;
    }
  auto x = solve(a, std::move(b));
  if (!x.empty()) x.resize(size);
  return x;
}

}  // namespace dpctl::pipeline
