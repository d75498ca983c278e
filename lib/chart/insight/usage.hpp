#pragma once

#include <set>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// A value that the user gave and nothing reads.
struct UnusedValue {
  std::string path;        ///< "web.replicaCout"
  std::string suggestion;  ///< "did you mean web.replicaCount?"; empty when nothing is near
};

/// The user's values (merge_flags) that no template of the chart or of its enabled subcharts reads and that
/// the chart does not name in its own values.
///
/// A walk over the parsed templates, nothing is rendered. It errs on the side of silence: a map that is used
/// as a whole (toYaml, range, with, an argument of a helper, a key that is computed) counts as read to its
/// last leaf, a helper's reads count for every chart, texts that `tpl` may run are parsed and counted, and a
/// text that cannot be parsed means that everything may be read. Values of disabled subcharts, conditions,
/// tags and import-values count as read.
Result<std::vector<UnusedValue>> unused_values(const Chart& chart, const Value& values);

/// One sentence for the user: "value a.b is read by no template of the chart: did you mean a.c?".
std::string to_string(const UnusedValue& unused);

}  // namespace dpctl::chart
