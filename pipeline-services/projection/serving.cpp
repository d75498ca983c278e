#include "pipeline-services/projection/serving.hpp"

#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/projection/served_routes.hpp"

namespace dpctl::runtime {

Serving::Serving(ServiceContext& context)
    : tables_(context.settings.clickhouse, context.settings.clickhouse_pool),
      store_(context.settings.redis, context.settings.redis_pool, tables_,
             context.settings.projection_ttl_seconds, context.metrics),
      api_(context, store_.redis()),
      stream_(api_.keys(), context.metrics, context.log) {}

ApiRoute Serving::status_route() const {
  return {.method = "GET",
          .path = "/status",
          .summary = "How the service does",
          .handle = [this](const ApiCall&) {
            io::HttpResponse response;
            pipeline::JsonObject object(response.body);
            object.text("service", "projection-service");
            object.text("status", store_.hears_updates() ? "running" : "degraded");
            object.boolean("hears_updates", store_.hears_updates());
            object.number("values_in_memory", static_cast<std::int64_t>(store_.remembered()));
            object.number("websocket_peers", static_cast<std::int64_t>(stream_.peers()));
            object.end();
            return response;
          }};
}

void Serving::start(ServiceContext& context) {
  auto routes = served_routes(store_, tables_, context.log);
  for (auto& rows :
       {key_routes(api_.keys(), api_.limit(), context.log), stream_routes(stream_), {status_route()}})
    routes.insert(routes.end(), rows.begin(), rows.end());
  api_.start(context, "projection-service", std::move(routes));
  store_.start([this](const ServedStore::Value& value) { stream_.publish(value); });
}

}  // namespace dpctl::runtime
