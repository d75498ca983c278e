// Paths (slash-separated, as Go's path package) and URLs.
#include <fmt/format.h>

#include <array>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/functions/path.hpp"

namespace dpctl::chart {

std::string clean_path(std::string_view path) {
  if (path.empty()) return ".";
  const bool rooted = path.front() == '/';
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!rooted) {
      parts.push_back(part);
    }
  }
  std::string out = rooted ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  return out.empty() ? "." : out;
}

std::string base_of(std::string_view path) {
  if (path.empty()) return ".";
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return "/";
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

namespace {

Value base(Call& call) { return Value::string(base_of(call.text(0))); }
Value dir(Call& call) {
  const auto& path = call.text(0);
  const auto slash = path.rfind('/');
  return Value::string(clean_path(slash == std::string::npos ? std::string_view()
                                                             : std::string_view(path).substr(0, slash + 1)));
}
Value clean(Call& call) { return Value::string(clean_path(call.text(0))); }
Value ext(Call& call) {
  const auto& path = call.text(0);
  const auto at = path.find_last_of("./");
  return Value::string(at == std::string::npos || path[at] == '/' ? "" : path.substr(at));
}
Value is_abs(Call& call) { return Value::boolean(call.text(0).starts_with('/')); }

// URLs, as net/url reads and writes them.

int hex_of(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

std::string unescape(std::string_view text, const std::string& whole) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex_of(text[i + 1]) < 0 || hex_of(text[i + 2]) < 0)
      throw_error(fmt::format("unable to parse url: parse {}: invalid URL escape {}", quote_go(whole),
                              quote_go(text.substr(i, 3))));
    out += static_cast<char>(hex_of(text[i + 1]) * 16 + hex_of(text[i + 2]));
    i += 2;
  }
  return out;
}

std::string escape(std::string_view text, std::string_view extra) {
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        std::string_view("-_.~").find(c) != std::string_view::npos ||
        extra.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

struct Url {
  std::string scheme, opaque, userinfo, host, path, query, fragment;
  bool has_authority = false;
};

Url parse_url(const std::string& whole) {
  Url url;
  std::string_view rest = whole;
  for (const char c : whole)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      throw_error(fmt::format("unable to parse url: parse {}: net/url: invalid control character in URL",
                              quote_go(whole)));
  if (const auto hash = rest.find('#'); hash != std::string_view::npos) {
    url.fragment = unescape(rest.substr(hash + 1), whole);
    rest = rest.substr(0, hash);
  }
  const auto colon = rest.find_first_of(":/?#");
  if (colon == 0 && rest[0] == ':')
    throw_error(fmt::format("unable to parse url: parse {}: missing protocol scheme", quote_go(whole)));
  const bool letter = !rest.empty() && ((rest[0] | 0x20) >= 'a' && (rest[0] | 0x20) <= 'z');
  if (colon != std::string_view::npos && rest[colon] == ':' && letter) {
    for (const char c : rest.substr(0, colon))
      url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    rest = rest.substr(colon + 1);
  } else if (colon != std::string_view::npos && rest[colon] == ':') {
    throw_error(fmt::format("unable to parse url: parse {}: first path segment in URL cannot contain colon",
                            quote_go(whole)));
  }
  if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
    url.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (!rest.starts_with('/') && !url.scheme.empty()) {
    url.opaque = rest;
    return url;
  }
  if (rest.starts_with("//")) {
    url.has_authority = true;
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    auto authority = rest.substr(0, slash);
    rest = rest.substr(slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
      url.userinfo = authority.substr(0, at);
      authority = authority.substr(at + 1);
    }
    if (authority.find(' ') != std::string_view::npos)
      throw_error(fmt::format("unable to parse url: parse {}: invalid character \" \" in host name",
                              quote_go(whole)));
    if (authority.starts_with('[') && authority.find(']') == std::string_view::npos)
      throw_error(fmt::format("unable to parse url: parse {}: missing ']' in host", quote_go(whole)));
    url.host = authority;
  }
  url.path = unescape(rest, whole);
  return url;
}

std::string hostname_of(std::string_view host) {
  if (host.starts_with('[')) {
    const auto close = host.find(']');
    return std::string(host.substr(1, close - 1));
  }
  return std::string(host.substr(0, host.rfind(':')));
}

Value url_parse(Call& call) {
  const Url url = parse_url(call.text(0));
  return map_of({{"scheme", Value::string(url.scheme)},
                 {"host", Value::string(url.host)},
                 {"hostname", Value::string(hostname_of(url.host))},
                 {"path", Value::string(url.path)},
                 {"query", Value::string(url.query)},
                 {"opaque", Value::string(url.opaque)},
                 {"fragment", Value::string(url.fragment)},
                 {"userinfo", Value::string(url.userinfo)}});
}

Value url_join(Call& call) {
  const auto part = [&](std::string_view key) -> std::string {
    const auto* value = call[0].find(key);
    if (value == nullptr) return "";
    if (!value->is_string())
      throw_error(fmt::format("unable to parse {} key, must be of type string, but {} found", key,
                              kind_name(*value)));
    return value->as_string();
  };
  std::string out;
  const auto scheme = part("scheme");
  const auto host = part("host");
  auto path = part("path");
  const auto query = part("query");
  const auto opaque = part("opaque");
  const auto fragment = part("fragment");
  const auto userinfo = part("userinfo");
  if (!scheme.empty()) out += scheme + ":";
  if (!opaque.empty()) {
    out += opaque;
  } else {
    if (!scheme.empty() || !host.empty() || !userinfo.empty()) {
      if (!host.empty() || !path.empty() || !userinfo.empty()) out += "//";
      if (!userinfo.empty()) out += userinfo + "@";
      out += host;
    }
    path = escape(path, "$&+,/:;=@!'()*");
    if (!path.empty() && path[0] != '/' && !host.empty()) out += '/';
    out += path;
  }
  if (!query.empty()) out += "?" + query;
  if (!fragment.empty()) out += "#" + escape(fragment, "$&+,/:;=?@!()*'");
  return Value::string(std::move(out));
}

constexpr std::array kTable{
    Function{"base", "s", base},          Function{"dir", "s", dir},
    Function{"clean", "s", clean},        Function{"ext", "s", ext},
    Function{"isAbs", "s", is_abs},       Function{"osBase", "s", base},
    Function{"osDir", "s", dir},          Function{"osClean", "s", clean},
    Function{"osExt", "s", ext},          Function{"osIsAbs", "s", is_abs},
    Function{"urlParse", "s", url_parse}, Function{"urlJoin", "m", url_join},
};

}  // namespace

std::span<const Function> path_functions() { return kTable; }

}  // namespace dpctl::chart
