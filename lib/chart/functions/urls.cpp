// URLs, as net/url reads and writes them (RFC 3986 with Go's exceptions).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {
namespace {

/// Which part of a URL a text stands in: each leaves other characters as they are.
enum class Part { path, host, user, fragment };

int hex_of(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

bool stays(char c, Part part) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  constexpr std::array<std::string_view, 4> kKept{"-_.~$&+,/:;=@", "-_.~!$&'()*+,;=:[]<>\"", "-_.~$&+,;=",
                                                  "-_.~$&+,/:;=?@!()*"};
  return kKept[static_cast<std::size_t>(part)].find(c) != std::string_view::npos;
}

std::string escape(std::string_view text, Part part) {
  std::string out;
  for (const char c : text) {
    if (stays(c, part)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// Throws the bare reason.
std::string unescape(std::string_view text, Part part) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '%') {
      if (part == Part::host && static_cast<unsigned char>(c) < 0x80 && !stays(c, part))
        throw_error(fmt::format("invalid character {} in host name", quote_go(text.substr(i, 1))));
      out += c;
      continue;
    }
    const bool whole = i + 2 < text.size() && hex_of(text[i + 1]) >= 0 && hex_of(text[i + 2]) >= 0;
    // In a host only bytes beyond ASCII may be escaped, and a zone's "%25".
    if (!whole || (part == Part::host && hex_of(text[i + 1]) < 8 && text.substr(i, 3) != "%25"))
      throw_error(fmt::format("invalid URL escape {}", quote_go(text.substr(i, 3))));
    out += static_cast<char>(hex_of(text[i + 1]) * 16 + hex_of(text[i + 2]));
    i += 2;
  }
  return out;
}

struct User {
  std::string name, password;
  bool has_password = false;
  [[nodiscard]] std::string text() const {
    return escape(name, Part::user) + (has_password ? ":" + escape(password, Part::user) : "");
  }
};

struct Url {
  std::string scheme, opaque, host, path, query, fragment;
  std::optional<User> user{};
};

/// Up to the colon; nothing when there is none. What is no letter, digit or mark means that there is none.
std::string_view scheme_of(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) continue;
    if (c == ':') {
      if (i == 0) throw_error("missing protocol scheme");
      return text.substr(0, i);
    }
    const bool mark = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!mark || i == 0) return {};
  }
  return {};
}

void check_port(std::string_view port) {
  if (port.empty()) return;
  if (port[0] != ':' || port.find_first_not_of("0123456789", 1) != std::string_view::npos)
    throw_error(fmt::format("invalid port {} after host", quote_go(port)));
}

std::string host_of(std::string_view host) {
  if (host.starts_with('[')) {
    const auto close = host.rfind(']');
    if (close == std::string_view::npos) throw_error("missing ']' in host");
    check_port(host.substr(close + 1));
  } else if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
    check_port(host.substr(colon));
  }
  return unescape(host, Part::host);
}

User user_of(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:~!$&'()*+,;=%@").find(c) != std::string_view::npos;
  };
  if (!std::all_of(text.begin(), text.end(), good)) throw_error("net/url: invalid userinfo");
  const auto colon = text.find(':');
  User user;
  user.name = unescape(text.substr(0, colon), Part::user);
  user.has_password = colon != std::string_view::npos;
  if (user.has_password) user.password = unescape(text.substr(colon + 1), Part::user);
  return user;
}

void read_authority(std::string_view authority, Url& url) {
  const auto at = authority.rfind('@');
  url.host = host_of(at == std::string_view::npos ? authority : authority.substr(at + 1));
  if (at != std::string_view::npos) url.user = user_of(authority.substr(0, at));
}

Url read_before_fragment(std::string_view rest) {
  Url url;
  if (std::any_of(rest.begin(), rest.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }))
    throw_error("net/url: invalid control character in URL");
  if (rest == "*") {
    url.path = "*";
    return url;
  }
  const auto scheme = scheme_of(rest);
  for (const char c : scheme) url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (!scheme.empty()) rest.remove_prefix(scheme.size() + 1);
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    url.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (!rest.starts_with('/')) {
    if (!url.scheme.empty()) {
      url.opaque = rest;
      return url;
    }
    if (rest.substr(0, rest.find('/')).find(':') != std::string_view::npos)
      throw_error("first path segment in URL cannot contain colon");
  }
  if (rest.starts_with("//") && (!url.scheme.empty() || !rest.starts_with("///"))) {
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    read_authority(rest.substr(0, slash), url);
    rest.remove_prefix(slash);
  }
  url.path = unescape(rest, Part::path);
  return url;
}

/// Throws Go's words: `parse "…": why`.
Url read_url(const std::string& whole) {
  const auto hash = whole.find('#');
  const auto naming = [](std::string_view text, auto&& read) {
    try {
      return read();
    } catch (const TemplateError& error) {
      throw_error(fmt::format("parse {}: {}", quote_go(text), error.text));
    }
  };
  const auto before = std::string_view(whole).substr(0, hash);
  Url url = naming(before, [&] { return read_before_fragment(before); });
  if (hash != std::string::npos)
    url.fragment = naming(whole, [&] { return unescape(std::string_view(whole).substr(hash + 1), Part::fragment); });
  return url;
}

/// Without port and brackets.
std::string hostname_of(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find_first_not_of("0123456789", colon + 1) == std::string_view::npos)
    host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

Value url_parse(Call& call) {
  Url url;
  try {
    url = read_url(call.text(0));
  } catch (const TemplateError& error) {
    throw_error("unable to parse url: " + error.text);
  }
  return map_of({{"scheme", Value::string(url.scheme)},
                 {"host", Value::string(url.host)},
                 {"hostname", Value::string(hostname_of(url.host))},
                 {"path", Value::string(url.path)},
                 {"query", Value::string(url.query)},
                 {"opaque", Value::string(url.opaque)},
                 {"fragment", Value::string(url.fragment)},
                 {"userinfo", Value::string(url.user ? url.user->text() : "")}});
}

std::string text_of(const Url& url) {
  std::string out;
  if (!url.scheme.empty()) out += url.scheme + ":";
  if (!url.opaque.empty()) {
    out += url.opaque;
  } else {
    if (!url.host.empty() || url.user || (!url.scheme.empty() && !url.path.empty())) out += "//";
    if (url.user) out += url.user->text() + "@";
    out += escape(url.host, Part::host);
    const auto path = url.path == "*" ? "*" : escape(url.path, Part::path);
    if (!path.empty() && path[0] != '/' && !url.host.empty()) out += '/';
    // A first segment with a colon would read as a scheme (RFC 3986 4.2).
    if (out.empty() && path.substr(0, path.find('/')).find(':') != std::string::npos) out += "./";
    out += path;
  }
  if (!url.query.empty()) out += "?" + url.query;
  if (!url.fragment.empty()) out += "#" + escape(url.fragment, Part::fragment);
  return out;
}

Value url_join(Call& call) {
  const auto part = [&](std::string_view key) -> std::string {
    const auto* value = call[0].find(key);
    if (value == nullptr) return "";
    if (!value->is_string())
      throw_error(fmt::format("unable to parse {} key, must be of type string, but {} found", key, type_name(*value)));
    return value->as_string();
  };
  Url url;
  url.scheme = part("scheme");
  url.host = part("host");
  url.path = part("path");
  url.query = part("query");
  url.opaque = part("opaque");
  url.fragment = part("fragment");
  if (const auto user = part("userinfo"); !user.empty()) {
    try {
      url.user = read_url("proto://" + user + "@host").user;
    } catch (const TemplateError& error) {
      throw_error("unable to parse userinfo in dict: " + error.text);
    }
  }
  return Value::string(text_of(url));
}

constexpr std::array kTable{Function{"urlParse", "s", url_parse}, Function{"urlJoin", "m", url_join}};

}  // namespace

std::span<const Function> url_functions() { return kTable; }

}  // namespace dpctl::chart
