#include "pipeline-services/access/api_gate.hpp"

#include <algorithm>

namespace dpctl::runtime {
namespace {

using io::http_error;
using io::HttpRequest;
using io::HttpResponse;

std::string tenant_of(const HttpRequest& request, const Caller& caller) {
  if (auto asked = request.parameter("tenant_id"); asked && !asked->empty()) return *std::move(asked);
  if (const auto asked = request.header("x-tenant-id"); !asked.empty()) return std::string(asked);
  return caller.tenant;
}

/// Why this caller may not, or nothing.
std::optional<HttpResponse> refusal(const ApiRoute& route, const HttpRequest& request, const Caller& caller,
                                    const std::string& tenant) {
  const auto& wanted = route.permissions;
  if (std::none_of(wanted.begin(), wanted.end(), [&](auto one) { return caller.may(one); }))
    return http_error(403, "forbidden", "the API key has no permission " + std::string(wanted.front()));
  const auto header = request.header("x-tenant-id");
  if (!caller.may_see(tenant) || (!header.empty() && !caller.may_see(header)))
    return http_error(403, "forbidden", "the API key belongs to another tenant");
  return std::nullopt;
}

void tell_limit(HttpResponse& response, const RateLimit::Verdict& verdict) {
  response.header("X-RateLimit-Limit", std::to_string(verdict.limit));
  response.header("X-RateLimit-Remaining", std::to_string(verdict.remaining));
  response.header("X-RateLimit-Reset", std::to_string(verdict.seconds_to_token));
}

HttpResponse unauthorized(std::string_view why) {
  auto refused = http_error(401, "unauthorized", why);
  refused.header("WWW-Authenticate", "Bearer");
  return refused;
}

}  // namespace

std::variant<ApiGate::Admitted, HttpResponse> ApiGate::admit(const ApiRoute& route,
                                                             const HttpRequest& request) {
  auto caller = keys_.authenticate(api_key_of(request));
  if (!caller) {
    if (caller.error().code == Code::denied) return unauthorized(caller.error().what);
    log_.warn("API keys cannot be checked", caller.error());
    return http_error(503, "unavailable", "API keys cannot be checked at the moment");
  }
  Admitted admitted{.caller = *std::move(caller), .tenant = {}, .verdict = {}};
  admitted.tenant = tenant_of(request, *admitted.caller);
  if (auto refused = refusal(route, request, *admitted.caller, admitted.tenant)) return *std::move(refused);
  admitted.verdict = limit_.take(admitted.caller->key_id, admitted.caller->rate_limit_per_minute);
  if (admitted.verdict.allowed) return admitted;
  auto refused = http_error(429, "rate_limited", "the API key's requests are over its limit");
  tell_limit(refused, admitted.verdict);
  refused.header("Retry-After", std::to_string(admitted.verdict.seconds_to_token));
  return refused;
}

// Only what is already known here: the key, the value, a token. Anything else is the workers' business, which
// begin anew; so the token is taken last.
std::optional<HttpResponse> ApiGate::answer_quickly(const ApiRoute& route, const HttpRequest& request) {
  const auto known = keys_.known(api_key_of(request));
  if (!known) return std::nullopt;
  if (!known->caller) return unauthorized("the API key is not valid");
  const auto& caller = *known->caller;
  const auto tenant = tenant_of(request, caller);
  if (auto refused = refusal(route, request, caller, tenant)) return refused;
  auto response = route.quick({request, caller, tenant});
  if (!response) return std::nullopt;
  const auto verdict = limit_.try_take(caller.key_id, caller.rate_limit_per_minute);
  if (!verdict) return std::nullopt;
  tell_limit(*response, *verdict);
  return response;
}

io::HttpRoute ApiGate::guard(const ApiRoute& route, std::uint16_t port) {
  io::HttpRoute guarded{.method = std::string(route.method), .path = std::string(route.path), .port = port};
  if (route.permissions.empty()) {
    guarded.handler = [&route](const HttpRequest& request) {
      static const Caller nobody{};
      static const std::string none;
      return route.handle({request, nobody, none});
    };
    return guarded;
  }
  if (route.quick)
    guarded.quick = [this, &route](const HttpRequest& request) { return answer_quickly(route, request); };
  if (route.websocket) {
    guarded.websocket = [this, &route](const HttpRequest& request)
        -> std::variant<HttpResponse, std::shared_ptr<io::WebSocketListener>> {
      auto entry = admit(route, request);
      if (auto* refused = std::get_if<HttpResponse>(&entry)) return std::move(*refused);
      const auto& admitted = std::get<Admitted>(entry);
      return route.websocket({request, *admitted.caller, admitted.tenant});
    };
    return guarded;
  }
  guarded.handler = [this, &route](const HttpRequest& request) {
    auto entry = admit(route, request);
    if (auto* refused = std::get_if<HttpResponse>(&entry)) return std::move(*refused);
    const auto& admitted = std::get<Admitted>(entry);
    auto response = route.handle({request, *admitted.caller, admitted.tenant});
    tell_limit(response, admitted.verdict);
    return response;
  };
  return guarded;
}

}  // namespace dpctl::runtime
