#include "lib/source/lock.hpp"

#include <fmt/format.h>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::source {
namespace {

using chart::Value;

std::string quoted(const std::string& text) { return to_json(Value::string(text)); }

/// Go's JSON of the struct: fields in the order of their declaration, empty ones left out.
std::string json_of(const chart::Dependency& row) {
  std::string out = "{\"name\":" + quoted(row.name);
  if (!row.version.empty()) out += ",\"version\":" + quoted(row.version);
  out += ",\"repository\":" + quoted(row.repository);
  if (!row.condition.empty()) out += ",\"condition\":" + quoted(row.condition);
  if (!row.tags.empty()) out += ",\"tags\":" + to_json(chart::strings_of(row.tags));
  if (row.enabled) out += ",\"enabled\":true";
  if (!row.import_values.empty()) out += ",\"import-values\":" + to_json(Value::list(row.import_values));
  if (!row.alias.empty()) out += ",\"alias\":" + quoted(row.alias);
  return out + "}";
}

std::string json_of(const std::vector<chart::Dependency>& rows) {
  std::vector<std::string> parts;
  for (const auto& row : rows) parts.push_back(json_of(row));
  return "[" + join(parts, ",") + "]";
}

std::string text_at(const Value& map, std::string_view key) {
  const auto* found = map.find(key);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}

}  // namespace

Result<Lock> lock_of(const chart::Chart& chart) {
  Lock lock{.digest = text_at(chart.lock, "digest"), .generated = text_at(chart.lock, "generated")};
  const auto* rows = chart.lock.find("dependencies");
  if (rows == nullptr || !rows->is_list()) return lock;
  for (const auto& row : rows->as_list())
    lock.dependencies.push_back({.name = text_at(row, "name"),
                                 .version = text_at(row, "version"),
                                 .repository = text_at(row, "repository")});
  return lock;
}

std::string lock_digest(const std::vector<chart::Dependency>& asked,
                        const std::vector<chart::Dependency>& chosen) {
  return "sha256:" + sha256_hex("[" + json_of(asked) + "," + json_of(chosen) + "]");
}

std::string lock_text(const Lock& lock) {
  std::vector<Value> rows;
  for (const auto& row : lock.dependencies)
    rows.push_back(chart::map_of({{"name", Value::string(row.name)},
                                  {"repository", Value::string(row.repository)},
                                  {"version", Value::string(row.version)}}));
  const Value dependencies = chart::map_of({{"dependencies", Value::list(std::move(rows))}});
  return to_yaml(dependencies) + "digest: " + lock.digest + "\ngenerated: \"" + lock.generated + "\"\n";
}

}  // namespace dpctl::source
