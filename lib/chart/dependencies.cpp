// dependencies.cpp: which subcharts take part, under which names, and what they export to their parents.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lib/base/strings.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/values.hpp"
#include "lib/chart/version.hpp"

namespace dpctl::chart {
namespace {

bool satisfies(const Dependency& dependency, const Chart& chart) {
  return chart.name() == dependency.name && in_range(dependency.version, chart.metadata.version);
}

void apply_tags(std::vector<Dependency>& dependencies, const Value& values) {
  const auto* tags = values.find("tags");
  if (tags == nullptr || !tags->is_map()) return;
  for (auto& dependency : dependencies) {
    bool yes = false;
    bool no = false;
    for (const auto& tag : dependency.tags) {
      const auto* value = tags->find(tag);
      if (value == nullptr || !value->is_bool()) continue;
      (value->as_bool() ? yes : no) = true;
    }
    dependency.enabled = yes || !no;
  }
}

/// The first path of the comma list that leads to a boolean decides.
void apply_conditions(std::vector<Dependency>& dependencies, const Value& values, const std::string& prefix) {
  for (auto& dependency : dependencies) {
    for (const auto path : split(trim(dependency.condition), ',')) {
      if (path.empty()) continue;
      const auto* value = value_at(values, prefix + std::string(path));
      if (value == nullptr || !value->is_bool()) continue;
      dependency.enabled = value->as_bool();
      break;
    }
  }
}

/// Subcharts in the order that Helm ends up with: those that nothing lists first, then one for each listed
/// row that is present. They are shared with the chart that was loaded; those that change are copied first.
void name_subcharts(Chart& chart) {
  std::vector<std::shared_ptr<Chart>> kept;
  auto& rows = chart.metadata.dependencies;
  for (const auto& sub : chart.subcharts) {
    const bool listed =
        std::any_of(rows.begin(), rows.end(), [&](const Dependency& row) { return satisfies(row, *sub); });
    if (!listed) kept.push_back(sub);
  }
  for (auto& row : rows) {
    const auto found = std::find_if(chart.subcharts.begin(), chart.subcharts.end(),
                                    [&](const auto& sub) { return satisfies(row, *sub); });
    if (found != chart.subcharts.end()) {
      kept.push_back(*found);
      if (!row.alias.empty()) {
        kept.back() = std::make_shared<Chart>(**found);
        kept.back()->metadata.name = row.alias;
      }
    }
    if (!row.alias.empty()) row.name = row.alias;
  }
  chart.subcharts = std::move(kept);
}

Result<void> enable(Chart& chart, const Value& values, const std::string& path, Warnings& warnings) {
  auto& rows = chart.metadata.dependencies;
  if (rows.empty()) return {};
  name_subcharts(chart);
  for (auto& row : rows) row.enabled = true;
  Warnings ignored;
  DPCTL_TRY(const auto all, coalesce(chart, values, Nulls::remove, ignored));
  apply_tags(rows, all);
  apply_conditions(rows, all, path);
  std::set<std::string> removed;
  for (const auto& row : rows)
    if (!row.enabled) removed.insert(row.name);
  std::erase_if(chart.subcharts, [&](const auto& sub) { return removed.contains(sub->name()); });
  std::erase_if(rows, [&](const Dependency& row) { return removed.contains(row.name); });
  for (auto& sub : chart.subcharts) {
    if (sub->metadata.dependencies.empty()) continue;
    auto copy = std::make_shared<Chart>(*sub);
    DPCTL_CHECK(enable(*copy, all, path + copy->name() + ".", warnings));
    sub = std::move(copy);
  }
  return {};
}

Value below_path(std::string_view path, Value value) {
  if (path == ".") return value;
  auto parts = split(path, '.');
  for (auto it = parts.rbegin(); it != parts.rend(); ++it) value = map_of({{*it, std::move(value)}});
  return value;
}

std::string text_of(const Value* value) { return value == nullptr ? "<nil>" : print(*value); }

/// What the subcharts export, merged under the chart's own values.
Result<void> import_values(Chart& chart, Warnings& warnings) {
  for (auto& sub : chart.subcharts) {
    if (sub->subcharts.empty() && sub->metadata.dependencies.empty()) continue;
    auto copy = std::make_shared<Chart>(*sub);
    DPCTL_CHECK(import_values(*copy, warnings));
    sub = std::move(copy);
  }
  if (chart.metadata.dependencies.empty()) return {};
  Warnings ignored;
  DPCTL_TRY(const auto all, coalesce(chart, Value::map(), Nulls::keep, ignored));
  const Value imported = Value::map();
  for (auto& row : chart.metadata.dependencies) {
    std::vector<Value> resolved;
    for (const auto& import : row.import_values) {
      std::string child;
      std::string parent = ".";
      if (import.is_map()) {
        child = text_of(import.find("child"));
        parent = text_of(import.find("parent"));
      } else if (import.is_string()) {
        child = "exports." + import.as_string();
      } else {
        continue;
      }
      resolved.push_back(map_of({{"child", Value::string(child)}, {"parent", Value::string(parent)}}));
      const auto* table = value_at(all, row.name + "." + child);
      if (table == nullptr || !table->is_map()) {
        warnings.push_back(fmt::format("import-values of {}: there is no table {}", row.name, child));
        continue;
      }
      coalesce_tables(imported, below_path(parent, *table), "", Nulls::keep, ignored);
    }
    row.import_values = std::move(resolved);
  }
  // What is imported shares tables with it.
  chart.values = imported.as_map().entries.empty() ? all : deep_copy(all);
  coalesce_tables(chart.values, imported, "", Nulls::keep, ignored);
  return {};
}

}  // namespace

Result<std::shared_ptr<Chart>> process_dependencies(const Chart& chart, const Value& values,
                                                    Warnings& warnings) {
  auto copy = std::make_shared<Chart>(chart);
  DPCTL_CHECK(enable(*copy, values, "", warnings));
  DPCTL_CHECK(import_values(*copy, warnings));
  return copy;
}

Result<void> check_dependencies(const Chart& chart) {
  std::vector<std::string> missing;
  for (const auto& row : chart.metadata.dependencies) {
    const bool present = std::any_of(chart.subcharts.begin(), chart.subcharts.end(),
                                     [&](const auto& sub) { return sub->name() == row.name; });
    if (!present) missing.push_back(row.name);
  }
  if (missing.empty()) return {};
  return fail(Code::usage, "found in Chart.yaml, but missing in charts/ directory: {}", join(missing, ", "))
      .hint("dpctl chart dependency build CHART, or --dependency-update, fetches them");
}

}  // namespace dpctl::chart
