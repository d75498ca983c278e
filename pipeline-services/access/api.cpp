#include "pipeline-services/access/api.hpp"

#include "pipeline-services/core/contract/topics.hpp"
#include "pipeline-services/core/json_out.hpp"

namespace dpctl::runtime {
namespace {

using pipeline::JsonObject;

constexpr std::string_view kApiVersion = "v1";

ApiKeys::Options key_options(const Settings& settings) {
  return {.dsn = settings.postgres_dsn,
          .listen_dsn = settings.postgres_listen_dsn,
          .pepper = settings.api_pepper,
          .bootstrap_key = settings.api_bootstrap_key,
          .bootstrap_tenant = settings.tenant,
          .pool = settings.postgres_pool};
}

std::string info_of(std::string_view service) {
  std::string out;
  JsonObject object(out);
  object.text("service", service);
  object.text("api_version", kApiVersion);
  object.text("schema_version", pipeline::contract::kSchemaVersion);
  object.text("documentation", "/openapi.json");
  object.end();
  return out;
}

}  // namespace

Api::Api(ServiceContext& context, io::Pool<io::Redis>& redis)
    : keys_(key_options(context.settings), context.log),
      limit_(redis, {.per_minute = context.settings.api_rate_limit_per_minute}, context.metrics),
      gate_(keys_, limit_, context.log),
      trace_(std::make_shared<HttpTrace>(context.metrics)) {}

void Api::start(ServiceContext& context, std::string_view service, std::vector<ApiRoute> routes) {
  routes_ = std::move(routes);
  info_ = info_of(service);
  routes_.push_back(
      {.method = "GET", .path = "/info", .summary = "What the service is", .handle = [this](const ApiCall&) {
         return io::HttpResponse{.body = info_};
       }});
  routes_.push_back({.method = "GET",
                     .path = "/openapi.json",
                     .summary = "This document",
                     .handle = [this](const ApiCall&) { return io::HttpResponse{.body = openapi_}; }});
  openapi_ = openapi_document(routes_, service, kApiVersion);
  for (const auto port : {context.settings.api_port, context.settings.health_port})
    for (const auto& route : routes_) context.http.route(gate_.guard(route, port));
  context.http.observe(
      [trace = trace_](std::string_view route, const io::HttpRequest& request, io::HttpResponse& response,
                       std::chrono::nanoseconds took) { (*trace)(route, request, response, took); });
  keys_.start();
}

}  // namespace dpctl::runtime
