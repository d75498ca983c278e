#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::net {

/// An absolute http, https or socks5 URL in parts (RFC 3986). Nothing is decoded but the host's letter case.
struct Url {
  std::string scheme{};    ///< lower case
  std::string userinfo{};  ///< "user:password", still encoded
  std::string host{};      ///< lower case, IPv6 without brackets
  std::uint16_t port = 0;  ///< the scheme's own when none is written
  std::string path{};      ///< begins with "/" or is empty
  std::string query{};     ///< without "?"

  /// Code::usage when `text` is no such URL, with the reason.
  static Result<Url> parse(std::string_view text);
  /// "host:port", with brackets around IPv6. The form for messages and for Host.
  [[nodiscard]] std::string authority() const;
  /// "https://host:port/path?query", without the port when it is the scheme's own, and without user
  /// information.
  [[nodiscard]] std::string to_string() const;
};

/// `reference` as seen from `base` (RFC 3986 5.2): an absolute URL replaces it, "/x" its path, "x" the last
/// segment.
Result<std::string> resolve_url(std::string_view base, std::string_view reference);

/// "https://host/charts/" and "index.yaml" to "https://host/charts/index.yaml": exactly one slash between
/// them.
std::string join_url(std::string_view base, std::string_view path);

using Query = std::vector<std::pair<std::string, std::string>>;

/// "a=1&b=x%20y": every name and value percent-encoded.
std::string encode_query(const Query& query);

/// Reads application/x-www-form-urlencoded: "+" is a blank, %XX a byte; a broken escape stays as it is
/// written.
Query decode_query(std::string_view text);

std::string percent_decode(std::string_view text);

}  // namespace dpctl::net
