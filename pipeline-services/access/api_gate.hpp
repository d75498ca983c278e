#pragma once

#include "pipeline-services/access/api_keys.hpp"
#include "pipeline-services/access/api_route.hpp"
#include "pipeline-services/access/rate_limit.hpp"

namespace dpctl::runtime {

/// Who asks, may they, for whom, and not too often: the same for every route. The tenant is the key's own
/// unless tenant_id or X-Tenant-Id names another one that the key may see.
class ApiGate {
 public:
  ApiGate(ApiKeys& keys, RateLimit& limit, const Log& log) : keys_(keys), limit_(limit), log_(log) {}

  /// The route behind the gate. `route` must outlive the server.
  io::HttpRoute guard(const ApiRoute& route, std::uint16_t port);

 private:
  struct Admitted {
    std::shared_ptr<const Caller> caller;
    std::string tenant;
    RateLimit::Verdict verdict;
  };
  std::variant<Admitted, io::HttpResponse> admit(const ApiRoute& route, const io::HttpRequest& request);
  std::optional<io::HttpResponse> answer_quickly(const ApiRoute& route, const io::HttpRequest& request);

  ApiKeys& keys_;
  RateLimit& limit_;
  const Log& log_;
};

}  // namespace dpctl::runtime
