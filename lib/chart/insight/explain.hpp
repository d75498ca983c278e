#pragma once

#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::chart {

/// A use of a function whose result is not made of the chart and its values alone.
struct Uncertain {
  std::string place;     ///< "web/templates/secret.yaml:3:14": line and column from 1
  std::string function;  ///< "randAlphaNum"
  std::string why;       ///< "drawn by lot at each render"
};

/// Every such use in the templates of the chart and of the subcharts that `values` enable, by place: random
/// and certificate functions, the clock, the cluster (lookup), the network; and `tpl` of what is no literal,
/// because its text may hold any of them. Nothing is rendered.
Result<std::vector<Uncertain>> explain(const Chart& chart, const Value& values);

}  // namespace dpctl::chart
