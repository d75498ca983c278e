#include "pipeline-services/projection/api.hpp"

#include <charconv>

#include "pipeline-services/core/codec.hpp"
#include "pipeline-services/core/contract/tables.hpp"
#include "pipeline-services/core/json_out.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;
using std::chrono::steady_clock;

std::string parameter(const io::HttpRequest& request, std::string_view name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? "" : found->second;
}

bool may_read(const Caller& caller) {
  return caller.permissions.contains("prices:read") || caller.permissions.contains("projections:read");
}

}  // namespace

PriceApi::PriceApi(ServiceContext& context)
    : context_(context),
      keys_(context.settings.postgres_dsn, context.settings.api_pepper, context.settings.api_bootstrap_key,
            context.settings.tenant, context.log),
      redis_(context.settings.redis),
      prices_(context.settings.clickhouse) {}

void PriceApi::routes(io::HttpServer& server) {
  for (const auto port : {context_.settings.api_port, context_.settings.health_port}) {
    server.route(
        "GET", "/projections/latest_price",
        [this](const io::HttpRequest& request) {
          return guarded(request, &PriceApi::latest_price, "/projections/latest_price");
        },
        port);
    server.route(
        "GET", "/prices/latest",
        [this](const io::HttpRequest& request) {
          return guarded(request, &PriceApi::prices_latest, "/prices/latest");
        },
        port);
  }
}

// Who asks, may they, for whom: the same for every path. The tenant is the key's own unless the query names
// another.
io::HttpResponse PriceApi::guarded(const io::HttpRequest& request, Answer answer, std::string_view endpoint) {
  const auto begin = steady_clock::now();
  const auto respond = [&]() -> io::HttpResponse {
    const auto caller = keys_.authenticate(request);
    if (!caller && caller.error().code == Code::denied) {
      auto refused = io::http_error(401, "unauthorized", caller.error().what);
      refused.headers.emplace_back("WWW-Authenticate", "Bearer");
      return refused;
    }
    if (!caller) {
      context_.log.warn("API keys cannot be checked", caller.error());
      return io::http_error(503, "unavailable", "API keys cannot be checked at the moment");
    }
    auto tenant = parameter(request, "tenant_id");
    if (tenant.empty()) tenant = caller->tenant;
    if (!may_read(*caller))
      return io::http_error(403, "forbidden", "the API key has no permission prices:read");
    if (!caller->may_see(tenant))
      return io::http_error(403, "forbidden", "the API key belongs to another tenant");
    return (this->*answer)(request, *caller, tenant);
  };
  auto response = respond();
  context_.metrics.add(metric::kRequests, 1,
                       {{"endpoint", std::string(endpoint)}, {"status", std::to_string(response.status)}});
  context_.metrics.observe(metric::kRequestSeconds,
                           std::chrono::duration<double>(steady_clock::now() - begin).count(),
                           {{"endpoint", std::string(endpoint)}});
  return response;
}

Result<std::optional<std::string>> PriceApi::find(const std::string& tenant, const std::string& instrument,
                                                  std::string_view& source) {
  const std::scoped_lock lock(stores_mutex_);
  source = "redis";
  auto cached = redis_.get(contract::latest_price_key(tenant, instrument));
  if (cached && *cached) {
    context_.metrics.add(metric::kCacheHits, 1, {{"cache", "redis"}, {"result", "hit"}});
    return cached;
  }
  context_.metrics.add(metric::kCacheHits, 1, {{"cache", "redis"}, {"result", cached ? "miss" : "error"}});
  source = "clickhouse";
  DPCTL_TRY(const auto stored, prices_.find(tenant, instrument));
  if (!stored) return std::optional<std::string>{};
  return std::optional<std::string>(latest_json(*stored));
}

io::HttpResponse PriceApi::latest_price(const io::HttpRequest& request, const Caller&,
                                        const std::string& tenant) {
  const auto instrument = parameter(request, "instrument_id");
  if (instrument.empty()) return io::http_error(400, "bad_request", "the parameter instrument_id is missing");
  std::string_view source;
  const auto found = find(tenant, instrument, source);
  if (!found) {
    context_.log.warn("no store answers", found.error());
    return io::http_error(503, "unavailable", "the stores do not answer at the moment");
  }
  if (!*found) return io::http_error(404, "not_found", "Projection not found");
  io::HttpResponse response;
  JsonObject object(response.body);
  object.text("projection_type", "latest_price");
  object.text("instrument_id", instrument);
  object.text("tenant_id", tenant);
  object.raw("data") += **found;
  object.text("source", source);
  object.end();
  return response;
}

io::HttpResponse PriceApi::prices_latest(const io::HttpRequest& request, const Caller&,
                                         const std::string& tenant) {
  int limit = 100;
  if (const auto text = parameter(request, "limit"); !text.empty()) {
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (bad != std::errc() || end != text.data() + text.size() || limit < 1 || limit > 10'000)
      return io::http_error(400, "bad_request", "limit is a number from 1 to 10000");
  }
  std::vector<std::string> prices;
  if (const auto instrument = parameter(request, "instrument_id"); !instrument.empty()) {
    std::string_view source;
    const auto found = find(tenant, instrument, source);
    if (!found) return io::http_error(503, "unavailable", "the stores do not answer at the moment");
    if (!*found) return io::http_error(404, "not_found", "there is no price of this instrument");
    prices.push_back(**found);
  } else {
    const std::scoped_lock lock(stores_mutex_);
    const auto listed = prices_.list(tenant, limit);
    if (!listed) return io::http_error(503, "unavailable", "the stores do not answer at the moment");
    for (const auto& price : *listed) prices.push_back(latest_json(price));
  }
  io::HttpResponse response;
  JsonObject object(response.body);
  object.text("tenant_id", tenant);
  object.number("count", static_cast<std::int64_t>(prices.size()));
  auto& list = object.raw("prices");
  list += '[';
  for (std::size_t i = 0; i < prices.size(); ++i) (list += i == 0 ? "" : ",") += prices[i];
  list += ']';
  object.end();
  return response;
}

}  // namespace dpctl::runtime
