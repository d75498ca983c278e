#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {

/// A path in a tree of values: keys, and "[0]" for an element of a list.
using ValuePath = std::vector<std::string>;
/// "a.b[0].c"
std::string to_string(const ValuePath& path);
/// The value there; nullptr when there is none.
const Value* value_at(const Value& root, const ValuePath& path);
/// Paths of everything that is no map or list with elements.
std::vector<ValuePath> leaves_of(const Value& root);

/// Tells who set a value: replays the layers in Helm's order and takes the last that has the path.
class Origins {
 public:
  /// `chart` as process_dependencies made it. Keeps references to neither argument's texts.
  static Result<Origins> of(const Chart& chart, const ValueFlags& flags);
  /// "prod.yaml:3", "--set a=b", "values.yaml:12", "charts/db/values.yaml:4"; "the chart" when no layer has
  /// it (import-values).
  [[nodiscard]] std::string who_set(const ValuePath& path) const;

 private:
  struct Layer {
    std::string name;
    ValuePath below;  ///< the layer's root in the merged tree
    Value values;
    std::string text;  ///< for lines; empty for flags
  };
  Result<void> add_flags(const std::vector<std::string>& texts, std::string_view flag,
                         const std::function<Result<void>(const std::string&, const Value&)>& parse);
  void add_defaults(const Chart& chart, const std::string& folder, const ValuePath& below);

  std::vector<Layer> layers_;  ///< the strongest first
};

}  // namespace dpctl::chart
