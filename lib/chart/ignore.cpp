#include "lib/chart/ignore.hpp"

#include "lib/base/strings.hpp"

namespace dpctl::chart {
namespace {

/// One bracket expression at the start of `pattern`; npos when it is malformed.
std::size_t match_class(std::string_view pattern, char c, bool& matched) {
  std::size_t at = 1;
  bool negated = false;
  if (at < pattern.size() && pattern[at] == '^') {
    negated = true;
    ++at;
  }
  matched = false;
  bool any = false;
  for (;; any = true) {
    if (at >= pattern.size()) return std::string_view::npos;
    if (pattern[at] == ']' && any) break;
    const auto letter = [&]() -> int {
      if (at < pattern.size() && pattern[at] == '\\') ++at;
      return at < pattern.size() ? static_cast<unsigned char>(pattern[at++]) : -1;
    };
    if (pattern[at] == '-' || pattern[at] == ']') return std::string_view::npos;
    const int low = letter();
    int high = low;
    if (at < pattern.size() && pattern[at] == '-') {
      ++at;
      high = letter();
    }
    if (low < 0 || high < 0) return std::string_view::npos;
    const int value = static_cast<unsigned char>(c);
    matched = matched || (low <= value && value <= high);
  }
  matched = matched != negated;
  return at + 1;
}

}  // namespace

bool match_path(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    const char p = pattern.front();
    if (p == '*') {
      while (!pattern.empty() && pattern.front() == '*') pattern.remove_prefix(1);
      if (pattern.empty()) return path.find('/') == std::string_view::npos;
      for (std::size_t i = 0; i <= path.size(); ++i) {
        if (match_path(pattern, path.substr(i))) return true;
        if (i < path.size() && path[i] == '/') return false;
      }
      return false;
    }
    if (path.empty()) return false;
    if (p == '[') {
      bool matched = false;
      const auto used = match_class(pattern, path.front(), matched);
      if (used == std::string_view::npos || !matched || path.front() == '/') return false;
      pattern.remove_prefix(used);
      path.remove_prefix(1);
      continue;
    }
    if (p == '?') {
      if (path.front() == '/') return false;
    } else {
      if (p == '\\') {
        pattern.remove_prefix(1);
        if (pattern.empty()) return false;
      }
      if (pattern.front() != path.front()) return false;
    }
    pattern.remove_prefix(1);
    path.remove_prefix(1);
  }
  return path.empty();
}

Result<IgnoreRules> IgnoreRules::parse(std::string_view text) {
  IgnoreRules rules;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (const auto line : split(text, '\n')) {
    const auto rule = trim(line);
    if (rule.empty() || rule.starts_with('#')) continue;
    if (rule.find("**") != std::string_view::npos)
      return fail(Code::usage, "double-star (**) syntax is not supported").at({.subject = ".helmignore"});
    if (const auto open = rule.rfind('[');
        open != std::string_view::npos && rule.find(']', open) == std::string_view::npos)
      return fail(Code::usage, "syntax error in pattern").at({.subject = ".helmignore"});
    rules.add(rule);
  }
  return rules;
}

void IgnoreRules::add_defaults() { add("templates/.?*"); }

void IgnoreRules::add(std::string_view line) {
  Rule rule;
  if (line.starts_with('!')) {
    rule.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    rule.folders_only = true;
    line.remove_suffix(1);
  }
  if (line.starts_with('/')) {
    line.remove_prefix(1);
    rule.whole_path = true;
  }
  if (line.find('/') != std::string_view::npos) rule.whole_path = true;
  rule.pattern = line;
  rules_.push_back(std::move(rule));
}

bool IgnoreRules::ignores(std::string_view path, bool is_folder) const {
  if (path.empty() || path == "." || path == "./") return false;
  const auto slash = path.rfind('/');
  const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  for (const auto& rule : rules_) {
    const auto subject = rule.whole_path ? path : name;
    // Helm's own reading: a negated rule ignores what it does not match.
    if (rule.negated) {
      if (rule.folders_only && !is_folder) return true;
      if (!match_path(rule.pattern, subject)) return true;
      continue;
    }
    if (rule.folders_only && !is_folder) continue;
    if (match_path(rule.pattern, subject)) return true;
  }
  return false;
}

}  // namespace dpctl::chart
