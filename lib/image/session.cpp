#include "lib/image/session.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/data/json.hpp"

namespace dpctl::image {
namespace {

constexpr int kMaxRedirects = 5;
constexpr std::size_t kMaxToken = 1U << 20U;
constexpr std::chrono::seconds kProbe{10};

/// "https://host:443/path" → "https://host:443".
std::string_view origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

bool is_loopback(std::string_view host) {
  if (host.starts_with("[::1]")) return true;
  const auto name = host.substr(0, host.find(':'));
  return name == "localhost" || name.starts_with("127.");
}

std::string basic(const RegistryOptions& options) {
  return "Basic " + base64_encode(options.username + ":" + options.password);
}

net::Headers with(const net::Headers& headers, std::string name, std::string value) {
  net::Headers out;
  for (const auto& [key, field] : headers.fields())
    if (to_lower(key) != to_lower(name)) out.add(key, field);
  if (!value.empty()) out.add(std::move(name), std::move(value));
  return out;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

Challenge parse_challenge(std::string_view field) {
  Challenge challenge;
  field = trim(field);
  const auto blank = field.find(' ');
  challenge.scheme = to_lower(field.substr(0, blank));
  if (blank == std::string_view::npos) return challenge;
  field.remove_prefix(blank + 1);
  while (!field.empty()) {
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) break;
    const std::string name = to_lower(trim(field.substr(0, equals)));
    if (name.find_first_of(" ,") != std::string::npos) break;  // the next challenge begins
    field = trim(field.substr(equals + 1));
    std::string value;
    if (field.starts_with('"')) {
      std::size_t i = 1;
      for (; i < field.size() && field[i] != '"'; ++i) {
        if (field[i] == '\\' && i + 1 < field.size()) ++i;
        value += field[i];
      }
      field.remove_prefix(std::min(field.size(), i + 1));
    } else {
      const auto end = std::min(field.find_first_of(", "), field.size());
      value = field.substr(0, end);
      field.remove_prefix(end);
    }
    challenge.parameters.emplace(name, std::move(value));
    field = trim(field);
    if (field.starts_with(',')) field = trim(field.substr(1));
  }
  return challenge;
}

std::string explain(const net::Response& response) {
  std::string text = fmt::format("HTTP {}", response.status);
  const auto body = parse_json(response.body, "answer", {.depth = 16, .bytes = kMaxToken});
  if (!body) return text;
  const std::string code = string_at(*body, "errors.0.code");
  const std::string message = string_at(*body, "errors.0.message");
  if (!code.empty()) text += " " + code;
  if (!message.empty()) text += ": " + message;
  return text;
}

std::string absolute(std::string_view url, std::string_view location) {
  if (location.find("://") != std::string_view::npos) return std::string(location);
  if (location.starts_with("//"))
    return std::string(url.substr(0, url.find(':') + 1)) + std::string(location);
  if (location.starts_with('/')) return std::string(origin_of(url)) + std::string(location);
  const auto path = url.substr(0, url.find_first_of("?#"));
  return std::string(path.substr(0, path.rfind('/') + 1)) + std::string(location);
}

Session::Session(std::string host, RegistryOptions options)
    : host_(std::move(host)), options_(std::move(options)), client_(options_.http) {
  if (options_.plain_http || is_loopback(host_)) base_ = "http://" + host_;
}

/// Asks once which scheme the registry speaks: TLS, unless it does not and plain HTTP answers as a registry
/// does.
Result<std::string> Session::base(Deadline deadline, StopToken stop) {
  {
    const std::scoped_lock lock(mutex_);
    if (!base_.empty()) return base_;
  }
  const std::string secure = "https://" + host_;
  std::string chosen = secure;
  const auto tls = client_.send({.url = secure + "/v2/"}, deadline.at_most(kProbe), stop);
  if (!tls && options_.require_tls)
    return fail(tls.error().code, "cannot reach the registry {} over TLS", host_)
        .because(tls.error())
        .hint("for a registry without TLS say --plain-http");
  if (!tls && tls.error().code != Code::interrupted) {
    const auto plain = client_.send({.url = "http://" + host_ + "/v2/"}, deadline.at_most(kProbe), stop);
    if (!plain || (plain->status != 200 && plain->status != 401))
      return fail(Code::failed, "cannot reach the registry {}", host_)
          .because(tls.error())
          .hint("check the address: curl https://{}/v2/", host_);
    if (!options_.username.empty())
      return fail(Code::denied,
                  "the registry {} speaks plain HTTP, which would show the password to the network", host_)
          .because(tls.error())
          .hint("give the registry a certificate, or ask for plain HTTP explicitly");
    chosen = "http://" + host_;
  } else if (!tls) {
    return fail(tls.error());
  }
  const std::scoped_lock lock(mutex_);
  base_ = chosen;
  return base_;
}

/// distribution-spec, "token authentication": the realm exchanges name and password (or nothing) for a token
/// of that scope.
Result<std::string> Session::fetch_token(const Challenge& challenge, Deadline deadline, StopToken stop) {
  const auto parameter = [&](const char* name) {
    const auto it = challenge.parameters.find(name);
    return it == challenge.parameters.end() ? std::string() : it->second;
  };
  const std::string realm = parameter("realm");
  if (!realm.starts_with("https://") && !(realm.starts_with("http://") && base_.starts_with("http://")))
    return fail(Code::denied, "the registry {} wants a token from '{}', which is no https address", host_,
                realm);
  net::Request request{.url = realm, .max_response_bytes = kMaxToken};
  char separator = realm.find('?') == std::string::npos ? '?' : '&';
  for (const char* name : {"service", "scope"}) {
    const auto value = parameter(name);
    if (value.empty()) continue;
    request.url += fmt::format("{}{}={}", separator, name, percent_encode(value));
    separator = '&';
  }
  if (!options_.username.empty()) request.headers.add("Authorization", basic(options_));
  DPCTL_TRY(const auto response, client_.send(request, deadline, stop));
  if (response.status != 200)
    return fail(Code::denied, "no token for the registry {}: {} says {}", host_, origin_of(realm),
                explain(response))
        .hint("check user name and password of the registry, and that they may use this repository");
  DPCTL_TRY(const auto answer, parse_json(response.body, "token answer", {.depth = 16, .bytes = kMaxToken}));
  std::string token = string_at(answer, "token", string_at(answer, "access_token"));
  if (token.empty())
    return fail(Code::failed, "no token for the registry {}: the answer of {} has none", host_,
                origin_of(realm));
  return "Bearer " + token;
}

Result<std::string> Session::authorise(const Challenge& challenge, Deadline deadline, StopToken stop) {
  if (challenge.scheme == "bearer") return fetch_token(challenge, deadline, stop);
  if (challenge.scheme == "basic" && !options_.username.empty()) return basic(options_);
  return fail(Code::denied, "the registry {} asks who we are", host_)
      .hint("give a user name and a password for {}", host_);
}

Result<net::Response> Session::follow(net::Request request, net::Response response, Deadline deadline,
                                      StopToken stop) {
  for (int i = 0; i < kMaxRedirects && is_redirect(response.status); ++i) {
    const std::string* location = response.headers.find("Location");
    if (location == nullptr) break;
    const std::string next = absolute(request.url, *location);
    if (next.starts_with("http://") && request.url.starts_with("https://"))
      return fail(Code::failed, "the registry {} redirects from https to {}", host_, origin_of(next));
    if (origin_of(next) != origin_of(request.url))
      request.headers = with(request.headers, "Authorization", "");
    request.url = next;
    DPCTL_TRY(response, client_.send(request, deadline, stop));
  }
  return response;
}

Result<net::Response> Session::send(net::Request request, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto origin, base(deadline, stop));
  if (request.url.starts_with('/')) request.url = origin + request.url;
  const bool ours = origin_of(request.url) == origin;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  std::string authorization;
  if (ours) {
    const std::scoped_lock lock(mutex_);
    authorization = authorization_;
  }
  if (!authorization.empty()) request.headers = with(request.headers, "Authorization", authorization);
  DPCTL_TRY(auto response, client_.send(request, deadline, stop));
  if (response.status == 401 && ours) {
    const std::string* field = response.headers.find("WWW-Authenticate");
    DPCTL_TRY(authorization, authorise(parse_challenge(field == nullptr ? "" : *field), deadline, stop));
    request.headers = with(request.headers, "Authorization", authorization);
    DPCTL_TRY(response, client_.send(request, deadline, stop));
    if (response.status == 401 || response.status == 403)
      return fail(Code::denied, "the registry {} refuses {} {}: {}", host_, request.method,
                  request.url.substr(origin.size()), explain(response))
          .hint("check user name and password of the registry, and that they may use this repository");
    const std::scoped_lock lock(mutex_);
    authorization_ = authorization;
  }
  if (response.status == 403)
    return fail(Code::denied, "the registry {} refuses {}: {}", host_, request.method, explain(response));
  if (reads) return follow(std::move(request), std::move(response), deadline, stop);
  return response;
}

}  // namespace dpctl::image
