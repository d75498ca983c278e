#include "pipeline-services/io/http_message.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ctime>

namespace dpctl::io {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    if (low(a[i]) != low(b[i])) return false;
  }
  return true;
}

std::string json_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string url_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '+' && plus_is_space)
      out += ' ';
    else if (text[i] == '%' && i + 2 < text.size() &&
             std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr == text.data() + i + 3) {
      out += static_cast<char>(byte);
      i += 2;
    } else
      out += text[i];
  }
  return out;
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (auto it = headers.rbegin(); it != headers.rend(); ++it)
    if (same_name(it->first, name)) return it->second;
  return {};
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  std::optional<std::string_view> found;
  for (std::size_t at = 0; at <= query.size();) {
    const auto end = std::min(query.find('&', at), query.size());
    const auto pair = query.substr(at, end - at);
    const auto equals = std::min(pair.find('='), pair.size());
    const auto key = pair.substr(0, equals);
    const bool plain = key.find_first_of("%+") == std::string_view::npos;
    if (!pair.empty() && (plain ? key == name : url_decode(key, true) == name))
      found = pair.substr(std::min(equals + 1, pair.size()));
    at = end + 1;
  }
  if (!found) return std::nullopt;
  return url_decode(*found, true);
}

std::string HttpRequest::captured(std::string_view name) const {
  for (const auto& [key, value] : captures)
    if (key == name) return url_decode(value, false);
  return {};
}

void HttpResponse::header(std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  for (const char c : value)
    if (c != '\r' && c != '\n' && c != '\0') head += c;
  head += "\r\n";
}

HttpResponse http_error(int status, std::string_view error, std::string_view message,
                        std::string_view details) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {.status = status,
          .body = fmt::format(R"({{"error":"{}","message":"{}","details":{},"timestamp":"{}"}})",
                              json_text(error), json_text(message), details, stamp)};
}

std::string_view reason_of(int status) {
  switch (status) {
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 413: return "Payload Too Large";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

}  // namespace dpctl::io
