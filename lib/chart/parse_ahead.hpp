#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/chart/chart.hpp"
#include "lib/chart/text/ast.hpp"
#include "lib/chart/text/exec.hpp"

namespace dpctl::chart {

/// The templates of a chart and of its subcharts, parsed by the helper from the moment that the chart is
/// known: which of them take part, and with which values, is worked out meanwhile, and what defines nothing
/// is still being parsed while others are executed.
class ParseAhead {
 public:
  /// Shares the chart's files. A chart of little text is left to who asks for it.
  explicit ParseAhead(const Chart& chart);
  ~ParseAhead();
  ParseAhead(const ParseAhead&) = delete;
  ParseAhead& operator=(const ParseAhead&) = delete;

  struct Wanted {
    const File* file;
    const std::string* path;  ///< the name of the template; outlives this
  };
  /// Adds those that take part, in their order. What may define something is parsed now, so that it is known
  /// who defines what; anything else when it is looked up, at the latest. `into` is not to be asked for a
  /// template after this is gone.
  void define(const std::vector<Wanted>& wanted, Definitions& into);

  /// Parses what is left of those that take part. Throws the TemplateError of the first of them that has one,
  /// which what define() and `into` throw need not be.
  void finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dpctl::chart
