#include "lib/net/url.hpp"

#include <optional>

#include "lib/base/encoding.hpp"
#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::net {
namespace {

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "https") return 443;
  if (scheme == "http") return 80;
  if (scheme == "socks5" || scheme == "socks5h") return 1080;
  return 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool may_stand_in_url(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '^' && c != '`';
}

/// Splits "host", "host:port", "[v6]:port" into url.host and url.port; false when it is none of them.
bool read_authority(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    url.host = to_lower(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ':') return false;
    if (!text.empty()) port = text.substr(1);
  } else {
    const auto colon = text.find(':');
    url.host = to_lower(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
  }
  if (url.host.empty()) return false;
  url.port = default_port(url.scheme);
  if (port.empty()) return true;
  return read_number(port, url.port) && url.port != 0;
}

/// RFC 3986 5.2.4.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  const auto parts = split(path, '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i] == ".." && kept.size() > 1) kept.pop_back();
    if (parts[i] == "." || parts[i] == "..") {
      if (last) kept.emplace_back("");
      continue;
    }
    kept.push_back(parts[i]);
  }
  std::string text;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) text += '/';
    text += kept[i];
  }
  return text;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  constexpr std::size_t kLongest = 64U << 10U;
  if (text.size() > kLongest) return fail(Code::usage, "a URL of {} bytes is too long", text.size());
  for (const char c : text) {
    if (!may_stand_in_url(c)) {
      return fail(Code::usage, "\"{}\" is not a URL: byte {:#04x} must be percent-encoded", text,
                  static_cast<unsigned char>(c));
    }
  }
  const auto scheme_end = text.find("://");
  Url url;
  if (scheme_end != std::string_view::npos) url.scheme = to_lower(text.substr(0, scheme_end));
  if (default_port(url.scheme) == 0) {
    return fail(Code::usage, "\"{}\" is not an absolute http or https URL", text)
        .hint("write it as https://host:port/path");
  }
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find('#'));
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    url.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const auto slash = text.find('/');
  auto authority = text.substr(0, slash);
  if (slash != std::string_view::npos) url.path = text.substr(slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (!read_authority(authority, url))
    return fail(Code::usage, "\"{}\" is not a host with an optional port", authority);
  return url;
}

std::string Url::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string Url::to_string() const {
  auto text = scheme + "://" + authority();
  if (port == default_port(scheme)) text.resize(text.rfind(':'));
  text += path;
  if (!query.empty()) text += "?" + query;
  return text;
}

Result<std::string> resolve_url(std::string_view base, std::string_view reference) {
  if (const auto colon = reference.find("://");
      colon != std::string_view::npos && reference.find_first_of("/?") > colon) {
    DPCTL_TRY(const auto absolute, Url::parse(reference));
    return absolute.to_string();
  }
  DPCTL_TRY(auto url, Url::parse(base));
  if (reference.starts_with("//")) return resolve_url(base, url.scheme + ":" + std::string(reference));
  reference = reference.substr(0, reference.find('#'));
  if (reference.empty()) return url.to_string();
  const auto mark = reference.find('?');
  const auto path = reference.substr(0, mark);
  if (path.starts_with('/')) {
    url.path = path;
  } else if (!path.empty()) {
    const auto slash = url.path.rfind('/');
    url.path = (slash == std::string::npos ? "/" : url.path.substr(0, slash + 1)) + std::string(path);
  }
  url.path = without_dot_segments(url.path);
  url.query = mark == std::string_view::npos ? "" : reference.substr(mark + 1);
  const auto text = url.to_string();
  DPCTL_TRY(const auto checked, Url::parse(text));
  return checked.to_string();
}

std::string join_url(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(base) + "/" + std::string(path);
}

std::string encode_query(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += '&';
    text += percent_encode(name) + "=" + percent_encode(value);
  }
  return text;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

Query decode_query(std::string_view text) {
  Query query;
  if (text.empty()) return query;
  for (const auto part : split(text, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto decode = [](std::string_view piece) {
      std::string blanks(piece);
      for (char& c : blanks) {
        if (c == '+') c = ' ';
      }
      return percent_decode(blanks);
    };
    query.emplace_back(decode(part.substr(0, equals)),
                       equals == std::string_view::npos ? "" : decode(part.substr(equals + 1)));
  }
  return query;
}

}  // namespace dpctl::net
