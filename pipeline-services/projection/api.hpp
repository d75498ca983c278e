#pragma once

#include <mutex>

#include "pipeline-services/io/redis.hpp"
#include "pipeline-services/projection/api_keys.hpp"
#include "pipeline-services/projection/latest_prices.hpp"
#include "pipeline-services/runtime/service.hpp"

namespace dpctl::runtime {

/// GET /projections/latest_price and GET /prices/latest on the API port: Redis first, ClickHouse when Redis
/// does not know (so a value that ran out of its time is not a 404), each caller within its tenant.
class PriceApi {
 public:
  explicit PriceApi(ServiceContext& context);
  void routes(io::HttpServer& server);

 private:
  using Answer = io::HttpResponse (PriceApi::*)(const io::HttpRequest&, const Caller&,
                                                const std::string& tenant);
  io::HttpResponse guarded(const io::HttpRequest& request, Answer answer, std::string_view endpoint);
  io::HttpResponse latest_price(const io::HttpRequest& request, const Caller& caller,
                                const std::string& tenant);
  io::HttpResponse prices_latest(const io::HttpRequest& request, const Caller& caller,
                                 const std::string& tenant);
  Result<std::optional<std::string>> find(const std::string& tenant, const std::string& instrument,
                                          std::string_view& source);

  ServiceContext& context_;
  ApiKeys keys_;
  std::mutex stores_mutex_;
  io::Redis redis_;
  LatestPrices prices_;
};

}  // namespace dpctl::runtime
