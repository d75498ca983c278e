#include <charconv>

#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/io/redis.hpp"

namespace dpctl::io {
namespace {

int to_port(std::string_view text) {
  int port = 0;
  return read_number(text, port) && port > 0 && port < 65536 ? port : 0;
}

Result<std::pair<std::string, int>> parse_host(std::string_view text) {
  const auto colon = text.rfind(':');
  const int port = colon == std::string_view::npos ? 0 : to_port(text.substr(colon + 1));
  if (port == 0 || colon == 0) return fail(Code::usage, "\"{}\" is not host:port", text);
  return std::pair{std::string(text.substr(0, colon)), port};
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    if (i + 2 >= text.size() ||
        std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr != text.data() + i + 3)
      return fail(Code::usage, "a %-escape in the redis url is cut short");
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace

Result<RedisOptions> parse_redis_url(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) return fail(Code::usage, "a redis url begins with redis://");
  url.remove_prefix(kScheme.size());
  RedisOptions options;
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto login = url.substr(0, at);
    const auto colon = login.find(':');
    DPCTL_TRY(options.password,
              percent_decode(colon == std::string_view::npos ? login : login.substr(colon + 1)));
    url.remove_prefix(at + 1);
  }
  if (const auto slash = url.find('/'); slash != std::string_view::npos) {
    const auto number = url.substr(slash + 1);
    if (!number.empty() &&
        std::from_chars(number.data(), number.data() + number.size(), options.database).ptr !=
            number.data() + number.size())
      return fail(Code::usage, "the database of a redis url is a number, not \"{}\"", number);
    url = url.substr(0, slash);
  }
  if (url.find(':') == std::string_view::npos) {
    if (url.empty()) return fail(Code::usage, "the redis url names no host");
    options.host = url;
    return options;
  }
  DPCTL_TRY(const auto host, parse_host(url));
  options.host = host.first;
  options.port = host.second;
  return options;
}

Result<std::vector<std::pair<std::string, int>>> parse_host_list(std::string_view list) {
  std::vector<std::pair<std::string, int>> hosts;
  for (const auto part : split(list, ',')) {
    DPCTL_TRY(auto host, parse_host(trim(part)));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

}  // namespace dpctl::io
