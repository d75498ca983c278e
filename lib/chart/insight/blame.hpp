#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/chart/render.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {

/// Where a value of the merged tree was set last.
struct Origin {
  std::string path;    ///< "image.tag"
  std::string value;   ///< as JSON
  std::string set_by;  ///< "values.yaml:12", "prod.yaml:3", "--set image.tag=2", "charts/db/values.yaml:4"
};

/// What a source does to the field.
struct Cause {
  Origin origin;
  bool decides_presence = false;  ///< changing it makes the field come or go, not only another
};

/// One field of one rendered object.
struct Blame {
  std::string field;        ///< "deployment/web:spec.replicas"
  std::string value;        ///< as JSON
  std::string template_;    ///< "web/templates/web.yaml:12"; without a line when none could be proven
  bool exact_line = false;  ///< the line prints the field's own key, not one above it
  bool by_lot = false;      ///< differs between two renders of the same input
  std::vector<Cause> causes{};
};

struct BlameOptions {
  std::size_t renders = 4000;  ///< at most
  Deadline deadline = Deadline::never();
};

struct BlameResult {
  std::vector<Blame> fields;
  std::size_t renders = 0;
  bool cut = false;  ///< a bound was reached: there may be more causes
};

/// Which template line prints a field, and which values, files and flags decide it. `field` is
/// "kind/name:spec.replicas" (lists: "containers[0].image"), or "kind/name" for all its fields.
///
/// By trial, which is dependable where a trace through text templates is not: every leaf of the merged
/// values, and the release's name, namespace and the chart's version, is changed alone, the chart
/// rendered again, and the fields compared. The line is found the same way: a line with the field's key is a
/// culprit when renaming the key there takes the field away. A value whose change the chart refuses twice is
/// left out. Fields that differ between two renders of the same input are named as such.
///
/// Blocks for one render for each leaf. Code::not_found with the objects or fields that there are.
Result<BlameResult> blame(const Chart& chart, const ValueFlags& flags, const RenderOptions& options,
                          std::string_view field, const BlameOptions& bounds = {});

}  // namespace dpctl::chart
