#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/text/ast.hpp"

namespace dpctl::chart {

/// A parsed template of a chart or of one of its subcharts.
struct TemplateSource {
  const Chart* chart;
  std::vector<std::string> values_at;  ///< keys from the root's values down to this chart's own
  std::shared_ptr<const Source> source;
};

/// All templates of `chart`, which process_dependencies has made (so that disabled subcharts are gone).
Result<std::vector<TemplateSource>> sources_of(const Chart& chart);

/// Calls `see` for the node and everything below it, parents first.
void walk_nodes(const Node& node, const std::function<void(const Node&)>& see);

}  // namespace dpctl::chart
