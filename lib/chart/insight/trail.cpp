#include "lib/chart/insight/trail.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/base/strings.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::chart {
namespace {

std::string what_is(const Value& value) {
  if (value.is_nil()) return "null";
  if (value.is_map()) return "a map";
  if (value.is_list()) return "a list";
  return value.is_string() ? "a text" : value.is_bool() ? "true or false" : "a number";
}

}  // namespace

std::optional<std::string> value_trail(const Chart& chart, const Value& values, std::string_view node) {
  if (node.starts_with('$')) node.remove_prefix(1);
  constexpr std::string_view kStart = ".Values.";
  if (!node.starts_with(kStart) || node.find(' ') != std::string_view::npos) return std::nullopt;
  yaml::Places places;
  (void)yaml::decode_located(chart.values_text, "values.yaml", places,
                             {.duplicate_keys = yaml::DuplicateKeys::last_wins, .first_document_only = true});
  const Value* at = &values;
  std::string name = ".Values";
  std::string pointer;
  std::string trail;
  for (const auto key : split(node.substr(kStart.size()), '.')) {
    name += fmt::format(".{}", key);
    pointer += fmt::format("/{}", key);
    const auto* next = at->find(key);
    if (next == nullptr) return trail + (trail.empty() ? "" : ", ") + name + " is missing";
    const auto place = places.find(pointer);
    trail = fmt::format("{} is {}, {}", name, what_is(*next),
                        place == places.end() ? "not set in values.yaml"
                                              : fmt::format("set at values.yaml:{}", place->second.line));
    if (!next->is_map()) return trail;
    at = next;
  }
  return std::nullopt;
}

}  // namespace dpctl::chart
