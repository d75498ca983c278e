#include "lib/chart/schema_format.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "lib/base/strings.hpp"

namespace dpctl::chart {
namespace {

using Problem = std::optional<std::string>;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

Problem ipv4(std::string_view text) {
  const auto groups = split(text, '.');
  if (groups.size() != 4) return "expected four decimals";
  for (const auto group : groups) {
    if (group.size() > 1 && group[0] == '0') return "leading zeros";
    const bool digits = !group.empty() &&
                        std::all_of(group.begin(), group.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return fmt::format("strconv.Atoi: parsing \"{}\": invalid syntax", group);
    if (group.size() > 3 || std::stoi(std::string(group)) > 255) return "decimal must be between 0 and 255";
  }
  return std::nullopt;
}

Problem hostname(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.size() > 253) return "more than 253 characters long";
  for (const auto label : split(text, '.')) {
    if (label.empty() || label.size() > 63) return "label must be 1 to 63 characters long";
    if (label.front() == '-') return "label starts with hyphen";
    if (label.back() == '-') return "label ends with hyphen";
    for (const char c : label)
      if (!is_alphanumeric(c) && c != '-') return fmt::format("invalid character '{}'", c);
  }
  return std::nullopt;
}

Problem email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return "missing @";
  const auto local = text.substr(0, at);
  if (local.size() > 64) return "local part more than 64 characters long";
  if (local.starts_with('.')) return "starts with dot";
  if (local.ends_with('.')) return "ends with dot";
  if (local.find("..") != std::string_view::npos) return "consecutive dots";
  const auto domain = text.substr(at + 1);
  if (domain.starts_with('[')) return std::nullopt;
  if (const auto why = hostname(domain)) return "invalid domain: " + *why;
  return std::nullopt;
}

Problem regex(const std::string& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 compiled(text, options);
  if (compiled.ok()) return std::nullopt;
  const bool perl = compiled.error_code() == re2::RE2::ErrorRepeatArgument ||
                    compiled.error_code() == re2::RE2::ErrorBadNamedCapture;
  if (!perl || compiled.error_arg().find("(?") != std::string::npos)
    return fmt::format("error parsing regexp: invalid or unsupported Perl syntax: `{}`",
                       std::string_view(compiled.error_arg()).substr(0, 3));
  return fmt::format("error parsing regexp: {}: `{}`", compiled.error(), compiled.error_arg());
}

}  // namespace

Problem format_problem(std::string_view format, const std::string& text) {
  if (format == "ipv4") return ipv4(text);
  if (format == "hostname") return hostname(text);
  if (format == "email") return email(text);
  if (format == "regex") return regex(text);
  return std::nullopt;
}

}  // namespace dpctl::chart
