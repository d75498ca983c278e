#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/chart/chart.hpp"
#include "lib/chart/text/ast.hpp"

namespace dpctl::chart {

/// The templates of a chart and of its subcharts, parsed by a thread of its own from the moment that the
/// chart is known: which of them take part, and with which values, is worked out meanwhile.
class ParseAhead {
 public:
  /// Shares the chart's files. A chart of little text is left to finish().
  explicit ParseAhead(const Chart& chart);
  ~ParseAhead();
  ParseAhead(const ParseAhead&) = delete;
  ParseAhead& operator=(const ParseAhead&) = delete;

  struct Wanted {
    const File* file;
    const std::string* path;  ///< the name of the template
  };
  /// Parses what is left of those that take part, and ends the thread. In their order; throws the
  /// TemplateError of the first one that has one.
  std::vector<std::shared_ptr<const Source>> finish(const std::vector<Wanted>& wanted);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dpctl::chart
