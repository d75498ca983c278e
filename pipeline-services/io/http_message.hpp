#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dpctl::io {

/// A request as it stands in the connection's buffer: every view lives until its handler has returned. What
/// is looked up is decoded then, so a request costs nothing for what nobody asks.
struct HttpRequest {
  std::string_view method;
  std::string_view path;   ///< as sent, percent-encoded, without the query
  std::string_view query;  ///< as sent, without the question mark
  std::string_view body;
  std::uint16_t port = 0;  ///< the listening port it came in through
  std::vector<std::pair<std::string_view, std::string_view>> headers;  ///< in their order
  std::vector<std::pair<std::string_view, std::string_view>>
      captures;  ///< {name} of the route → path segment, encoded

  /// The last header of that name, without regard to case; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// The last query parameter of that name, decoded; nothing when there is none.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
  /// What stood in the path where the route says {name}, decoded.
  [[nodiscard]] std::string captured(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string body{};
  std::string_view content_type = "application/json";  ///< a literal
  std::string head{};                                  ///< further header lines; filled by header()

  /// Appends a header line. Bytes that would end the line are left out.
  void header(std::string_view name, std::string_view value);
};

/// The error body of every service: {"error","message","details","timestamp"}. `details`: a JSON value.
HttpResponse http_error(int status, std::string_view error, std::string_view message,
                        std::string_view details = "{}");

/// "%2F" → "/", and "+" → " " in a query. Broken escapes stay as they are.
std::string url_decode(std::string_view text, bool plus_is_space);

/// The reason phrase: "Not Found".
std::string_view reason_of(int status);

}  // namespace dpctl::io
