#include "lib/net/redact.hpp"

#include <algorithm>
#include <array>

#include "lib/base/strings.hpp"

namespace dpctl::net {
namespace {

bool is_secret_parameter(std::string_view name) {
  const auto lower = to_lower(name);
  constexpr std::array<std::string_view, 6> kParts = {"token",     "secret",     "password",
                                                      "signature", "credential", "api_key"};
  constexpr std::array<std::string_view, 4> kNames = {"key", "apikey", "code", "sig"};
  const auto contains = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
  return std::any_of(kParts.begin(), kParts.end(), contains) ||
         std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

}  // namespace

bool is_secret_header(std::string_view name) {
  const auto lower = to_lower(name);
  constexpr std::array<std::string_view, 9> kParts = {"authorization", "cookie",   "api-key",
                                                      "apikey",        "token",    "secret",
                                                      "password",      "auth-key", "credential"};
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

std::string redact_url(std::string_view url) {
  std::string text;
  const auto scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) {
    text = url.substr(0, scheme_end + 3);
    url.remove_prefix(scheme_end + 3);
    const auto authority = url.substr(0, url.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  }
  const auto mark = url.find('?');
  text += url.substr(0, mark);
  if (mark == std::string_view::npos) return text;
  char separator = '?';
  for (const auto part : split(url.substr(mark + 1), '&')) {
    const auto equals = part.find('=');
    text += separator;
    separator = '&';
    if (equals != std::string_view::npos && is_secret_parameter(part.substr(0, equals))) {
      text += std::string(part.substr(0, equals)) + "=***";
    } else {
      text += part;
    }
  }
  return text;
}

std::string redact_header(std::string_view name, std::string_view value) {
  auto line = std::string(name) + ": ";
  if (!is_secret_header(name)) return line.append(value);
  const auto blank = value.find(' ');
  const auto scheme = value.substr(0, blank);
  const bool is_scheme = blank != std::string_view::npos &&
                         scheme.find_first_of("=;,") == std::string_view::npos && scheme.size() <= 16;
  if (is_scheme && to_lower(name).find("authorization") != std::string::npos) line.append(scheme).append(" ");
  return line + "***";
}

}  // namespace dpctl::net
