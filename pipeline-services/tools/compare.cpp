#include "pipeline-services/tools/compare.hpp"

#include <algorithm>

namespace dpctl::pipeline {
namespace {

// One past the string that begins at `at` (a quote), or the end of the text.
std::size_t after_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at)
    if (json[at] == '\\') ++at;
  return std::min(json.size(), at + 1);
}

// One past the value that begins at `at`.
std::size_t after_value(std::string_view json, std::size_t at) {
  int depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      at = after_string(json, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth <= 0) return depth < 0 ? at : at + 1;
    if (c == ',' && depth == 0) return at;
    ++at;
  }
  return at;
}

}  // namespace

std::string without_fields(std::string_view json, const std::vector<std::string>& names) {
  if (!json.starts_with('{')) return std::string(json);
  std::string out;
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] != '"') {
      out += json[at++];
      continue;
    }
    const auto end = after_string(json, at);
    const auto text = json.substr(at + 1, end - at - 2);
    const bool is_name = end < json.size() && json[end] == ':';
    if (is_name && std::find(names.begin(), names.end(), text) != names.end()) {
      at = after_value(json, end + 1);
      // With its comma: the one behind it, or for a last field the one before.
      if (at < json.size() && json[at] == ',')
        ++at;
      else if (out.ends_with(','))
        out.pop_back();
      continue;
    }
    out += json.substr(at, end - at);
    at = end;
  }
  return out;
}

std::vector<Comparison::Difference> Comparison::differences() const {
  std::vector<Difference> found;
  for (const auto& [record, count] : records_) {
    if (count.first == count.second) continue;
    const auto zero = record.find('\0');
    found.push_back({record.substr(0, zero), record.substr(zero + 1), count.first, count.second});
  }
  return found;
}

}  // namespace dpctl::pipeline
