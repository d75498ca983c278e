// coalesce.cpp: how a chart's defaults, its parents' values and the user's become one tree.
//
// Order matters and so does sharing: a subchart's values are the same maps as those below its name in the
// parent's tree.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lib/base/strings.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {
namespace {

std::string joined(const std::string& a, const std::string& b) { return a.empty() ? b : a + "." + b; }

bool is_subchart(const Chart& chart, std::string_view name) {
  return std::any_of(chart.subcharts.begin(), chart.subcharts.end(),
                     [&](const auto& sub) { return sub->name() == name; });
}

/// The chart's own defaults under what is there already.
void fill_defaults(const Chart& chart, const Value& values, const std::string& prefix, Nulls nulls,
                   Warnings& warnings) {
  const auto path = joined(prefix, chart.name());
  if (!chart.values.is_map()) return;
  auto& to = values.as_map();
  for (const auto& entry : chart.values.as_map().entries) {
    const auto* present = to.find(entry.name());
    if (present == nullptr) {
      to.set(entry.key, deep_copy(entry.value));
    } else if (present->is_nil() && nulls == Nulls::remove) {
      to.erase(entry.name());
    } else if (present->is_map()) {
      if (entry.value.is_map()) {
        const auto inner = is_subchart(chart, entry.name()) ? Nulls::keep : nulls;
        coalesce_tables(Value(*present), deep_copy(entry.value), joined(path, entry.name()), inner, warnings);
      } else if (!entry.value.is_nil()) {
        warnings.push_back(fmt::format("skipped value for {}.{}: Not a table.", path, entry.name()));
      }
    }
  }
}

/// The parent's globals into the subchart's, the parent's winning.
void hand_down_globals(const Value& to, const Value& from, const std::string& prefix, Warnings& warnings) {
  Value globals = Value::map();
  if (const auto* own = to.find("global"); own != nullptr) {
    if (!own->is_map()) {
      warnings.emplace_back("skipping globals because destination global is not a table.");
      return;
    }
    globals = *own;
  }
  Value parents = Value::map();
  if (const auto* given = from.find("global"); given != nullptr) {
    if (!given->is_map()) {
      warnings.emplace_back("skipping globals because source global is not a table.");
      return;
    }
    parents = *given;
  }
  for (const auto& entry : std::vector<Map::Entry>(parents.as_map().entries)) {
    const auto* present = globals.as_map().find(entry.name());
    if (!entry.value.is_map()) {
      if (present == nullptr || !present->is_map()) globals.as_map().set(entry.key, entry.value);
      continue;
    }
    Value copy = Value::map();
    copy.as_map().entries = entry.value.as_map().entries;
    if (present != nullptr) {
      if (!present->is_map()) {
        warnings.push_back(
            fmt::format("cannot merge map onto non-map for {}. Skipping.", quote_go(entry.name())));
        continue;
      }
      coalesce_tables(copy, Value(*present), joined(prefix, entry.name()), Nulls::keep, warnings);
    }
    globals.as_map().set(entry.key, copy);
  }
  to.as_map().set("global", globals);
}

Result<void> coalesce_into(const Chart& chart, const Value& values, const std::string& prefix, Nulls nulls,
                           Warnings& warnings) {
  fill_defaults(chart, values, prefix, nulls, warnings);
  for (const auto& sub : chart.subcharts) {
    auto& map = values.as_map();
    if (map.find(sub->name()) == nullptr) map.set(sub->name(), Value::map());
    const Value inner = *map.find(sub->name());
    if (!inner.is_map())
      return fail(Code::usage,
                  "the value of {} must be a map, because it configures the subchart of that name",
                  joined(prefix.empty() ? "" : prefix, sub->name()));
    const auto path = joined(prefix, chart.name());
    hand_down_globals(inner, values, path, warnings);
    DPCTL_CHECK(coalesce_into(*sub, inner, path, nulls, warnings));
  }
  return {};
}

}  // namespace

void coalesce_tables(const Value& to, const Value& from, const std::string& prefix, Nulls nulls,
                     Warnings& warnings) {
  if (!to.is_map() || !from.is_map()) return;
  auto& target = to.as_map();
  auto& source = from.as_map();
  std::set<std::string> was_set;
  for (const auto& entry : source.entries)
    if (!entry.value.is_nil()) was_set.insert(entry.name());
  // A null in the target hides the source's value from what is merged later.
  for (const auto& entry : target.entries)
    if (entry.value.is_nil()) source.set(entry.key, Value::nil());
  for (const auto& entry : std::vector<Map::Entry>(source.entries)) {
    const auto path = joined(prefix, entry.name());
    const auto* present = target.find(entry.name());
    if (present == nullptr) {
      target.set(entry.key, entry.value);
    } else if (nulls == Nulls::remove && present->is_nil() && was_set.contains(entry.name())) {
      target.erase(entry.name());
    } else if (entry.value.is_map()) {
      if (present->is_map()) {
        coalesce_tables(Value(*present), entry.value, path, nulls, warnings);
      } else {
        warnings.push_back(
            fmt::format("cannot overwrite table with non table for {} ({})", path, print(entry.value)));
      }
    } else if (present->is_map() && !entry.value.is_nil()) {
      warnings.push_back(fmt::format("destination for {} is a table. Ignoring non-table value ({})", path,
                                     print(entry.value)));
    }
  }
}

Result<Value> coalesce(const Chart& chart, const Value& values, Nulls nulls, Warnings& warnings) {
  const Value copy = values.is_map() ? deep_copy(values) : Value::map();
  DPCTL_CHECK(coalesce_into(chart, copy, "", nulls, warnings));
  return copy;
}

Value merge_maps(const Value& base, const Value& over) {
  auto out = Value::map();
  out.as_map().entries = base.as_map().entries;
  for (const auto& entry : over.as_map().entries) {
    const auto* present = out.as_map().find(entry.name());
    if (present != nullptr && present->is_map() && entry.value.is_map()) {
      const Value merged = merge_maps(*present, entry.value);
      out.as_map().set(entry.key, merged);
    } else {
      out.as_map().set(entry.key, entry.value);
    }
  }
  return out;
}

Result<Value> read_values(std::string_view text, std::string_view name) {
  DPCTL_TRY(const auto documents, from_yaml_all(text, name));
  Value all = Value::map();
  for (const auto& document : documents) {
    if (document.is_nil()) continue;
    if (!document.is_map())
      return fail(Code::usage, "{} must be a map of values, but it is a {}", name,
                  document.is_list() ? "list" : "single value");
    all = merge_maps(all, document);
  }
  return all;
}

const Value* value_at(const Value& values, std::string_view path) {
  const Value* at = &values;
  for (const auto key : split(path, '.')) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace dpctl::chart
