#include "lib/chart/insight/selection.hpp"

#include <algorithm>

#include "lib/base/strings.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/text/exec.hpp"
#include "lib/chart/text/parser.hpp"

namespace dpctl::chart {
namespace {

constexpr std::size_t kLongestName = 53;  // Helm's bound: names of objects are made of it

/// One `[…]` at the front of `pattern`, which is cut behind it; false when it is broken or does not accept.
bool set_accepts(std::string_view& pattern, char character) {
  pattern.remove_prefix(1);
  const bool negated = pattern.starts_with('^');
  if (negated) pattern.remove_prefix(1);
  const auto next = [&](char& out) {
    if (pattern.starts_with('\\')) pattern.remove_prefix(1);
    if (pattern.empty()) return false;
    out = pattern.front();
    pattern.remove_prefix(1);
    return true;
  };
  bool inside = false;
  for (bool first = true; first || !pattern.starts_with(']'); first = false) {
    char low = 0;
    if (!next(low)) return false;
    char high = low;
    if (pattern.starts_with('-')) {
      pattern.remove_prefix(1);
      if (!next(high)) return false;
    }
    inside = inside || (low <= character && character <= high);
  }
  pattern.remove_prefix(1);
  return inside != negated;
}

/// The document's path behind the chart's name, from its "# Source:" line; empty when it has none.
std::string_view path_of(std::string_view document) {
  constexpr std::string_view kSource = "# Source: ";
  const auto start = document.find(kSource);
  if (start == std::string_view::npos) return {};
  auto line = document.substr(start + kSource.size());
  line = line.substr(0, line.find('\n'));
  const auto slash = line.find('/');
  return slash == std::string_view::npos ? std::string_view() : line.substr(slash + 1);
}

bool is_label(std::string_view label) {
  const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !label.empty() && word(label.front()) && word(label.back()) &&
         std::all_of(label.begin(), label.end(), [&](char c) { return word(c) || c == '-'; });
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) {
  // Where the last star stood, and what it had taken: the only point to come back to, until a '/' is passed.
  std::string_view star_pattern;
  std::string_view star_path;
  bool star = false;
  while (!path.empty() || !pattern.empty()) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      star = true;
      star_pattern = pattern;
      star_path = path;
      continue;
    }
    bool same = false;
    if (!pattern.empty() && !path.empty()) {
      auto rest = pattern;
      if (rest.front() == '[') {
        same = set_accepts(rest, path.front());
      } else if (rest.front() == '?') {
        same = path.front() != '/';
        rest.remove_prefix(1);
      } else {
        if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
        same = rest.front() == path.front();
        rest.remove_prefix(1);
      }
      if (same) pattern = rest;
    }
    if (same) {
      path.remove_prefix(1);
      continue;
    }
    if (!star || star_path.empty() || star_path.front() == '/') return false;
    star_path.remove_prefix(1);
    path = star_path;
    pattern = star_pattern;
  }
  return true;
}

Result<std::string> show_only(std::string_view rendered, std::span<const std::string> patterns) {
  const auto documents = split_documents(rendered);
  std::string text;
  for (const auto& pattern : patterns) {
    bool missing = true;
    for (const auto document : documents) {
      const auto path = path_of(document);
      if (path.empty() || !path_matches(pattern, path)) continue;
      missing = false;
      text += fmt::format("---\n{}\n", document);
    }
    if (missing) return fail(Code::not_found, "could not find template {} in chart", pattern);
  }
  return text;
}

Result<void> check_release_name(std::string_view name) {
  const auto labels = split(name, '.');
  if (name.size() <= kLongestName && std::all_of(labels.begin(), labels.end(), is_label)) return {};
  return fail(Code::usage, "release name \"{}\" is not one that Helm accepts", name)
      .hint("at most {} characters: lower-case letters, digits, '-' and '.'", kLongestName);
}

Result<std::string> name_from_template(std::string_view text) {
  std::string name;
  try {
    Definitions definitions;
    const auto source = parse_or_throw("name-template", std::string(text));
    definitions.add(source);
    Execution execution(Limits{.output = 4096, .steps = 100'000}, nullptr);
    execution.run(definitions, source->main(), Value::map(), name);
  } catch (const TemplateError& error) {
    return fail(Code::usage, "--name-template: {}", error.text);
  }
  return name;
}

}  // namespace dpctl::chart
