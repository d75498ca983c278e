#pragma once

#include "pipeline-services/access/api_gate.hpp"
#include "pipeline-services/access/rate_limit.hpp"
#include "pipeline-services/runtime/http_trace.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {

/// The HTTP surface of a service, on the API port and the health port: one table of routes that is served,
/// guarded and documented.
class Api {
 public:
  /// `redis`: for the rate limits; outlives it.
  Api(ServiceContext& context, io::Pool<io::Redis>& redis);
  /// Before the server starts, once: adds the routes, /info and /openapi.json, and begins to hear of changed
  /// keys.
  void start(ServiceContext& context, std::string_view service, std::vector<ApiRoute> routes);
  ApiKeys& keys() { return keys_; }
  RateLimit& limit() { return limit_; }

 private:
  ApiKeys keys_;
  RateLimit limit_;
  ApiGate gate_;
  std::shared_ptr<HttpTrace> trace_;
  std::vector<ApiRoute> routes_;
  std::string info_, openapi_;
};

/// /api/keys and /api/rate-limit. What they are given outlives them.
std::vector<ApiRoute> key_routes(ApiKeys& keys, RateLimit& limit, const Log& log);

}  // namespace dpctl::runtime
