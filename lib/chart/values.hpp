#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// What the user gives beside the chart, in Helm's flags. Precedence is by kind of flag, whatever their order
/// on the command line: values files, --set-json, --set, --set-string, --set-file, --set-literal.
struct ValueFlags {
  struct Source {
    std::string name;  ///< file name, or "-" for standard input
    std::string text;
  };
  std::vector<Source> files{};
  std::vector<std::string> set_json{}, set{}, set_string{}, set_file{}, set_literal{};
  /// Reads the file of a --set-file.
  std::function<Result<std::string>(const std::string& path)> read_file{};
};

/// One map of all flags; later wins. Errors name the file or the flag.
Result<Value> merge_flags(const ValueFlags& flags);

/// A values file: one or more YAML documents, each a map, merged.
Result<Value> read_values(std::string_view text, std::string_view name);

/// Maps merge, the rest of `over` replaces. Neither input is changed.
Value merge_maps(const Value& base, const Value& over);

/// Notes about values that were passed over ("cannot overwrite table with non table for a.b").
using Warnings = std::vector<std::string>;

enum class Nulls {
  remove,  ///< a null deletes the key (rendering)
  keep,    ///< nulls are kept for a later pass (import-values)
};

/// The chart's values with the user's over them, subcharts' below their names, globals handed down. `values`
/// is not changed.
Result<Value> coalesce(const Chart& chart, const Value& values, Nulls nulls, Warnings& warnings);

/// Fills `to` with what only `from` has, recursively; both are changed. Helm's CoalesceTables and
/// MergeTables.
void coalesce_tables(const Value& to, const Value& from, const std::string& prefix, Nulls nulls,
                     Warnings& warnings);

/// Decides which subcharts stay (conditions, tags), renames aliases, imports values. Returns a chart of its
/// own; `chart` and its values stay as they were.
Result<std::shared_ptr<Chart>> process_dependencies(const Chart& chart, const Value& values,
                                                    Warnings& warnings);

/// Every dependency of Chart.yaml must be there: the error lists those that are not.
Result<void> check_dependencies(const Chart& chart);

/// The value at a dotted path; nullptr when there is none.
const Value* value_at(const Value& values, std::string_view path);

}  // namespace dpctl::chart
