#include <nlohmann/json.hpp>

#include "lib/deploy/release_step.hpp"

namespace dpctl::deploy {
namespace {

// What the file says of stores and images, under the names of the chart's values
// (templates/pipeline/values.yaml).
Json values_of(const plan::Environment& environment) {
  Json values = Json::object();
  const auto put = [&values](const char* section, const char* key, const std::string& text) {
    if (!text.empty()) values[section][key] = text;
  };
  put("kafka", "bootstrap", environment.kafka.bootstrap);
  put("clickhouse", "url", environment.clickhouse.url);
  put("clickhouse", "user", environment.clickhouse.user);
  put("clickhouse", "database", environment.clickhouse.database);
  put("redis", "url", environment.redis.url);
  put("redis", "master", environment.redis.master);
  if (!environment.redis.sentinels.empty()) values["redis"]["sentinels"] = environment.redis.sentinels;
  if (!environment.images.registry.empty())
    values["global"]["image"]["registry"] = environment.images.registry;
  if (!environment.images.tag.empty()) values["global"]["image"]["tag"] = environment.images.tag;
  for (const auto& [name, service] : environment.services) {
    if (!service.image.empty()) values["services"][name]["image"]["reference"] = service.image;
    if (service.replicas) values["services"][name]["replicas"] = *service.replicas;
  }
  return values;
}

Json nothing(const plan::Environment&) { return Json::object(); }

}  // namespace

std::unique_ptr<plan::Step> make_step(const plan::Environment& environment) {
  return make_release_step({.step = "deploy",
                            .needs = {"prepare", "infra", "migrate"},
                            .spec = environment.release,
                            .derived = values_of,
                            .request = {.stable = true}});
}

std::unique_ptr<plan::Step> make_chart_step(plan::ReleaseSpec spec, ReleaseRequest request,
                                            std::shared_ptr<ReleaseOutcome> outcome) {
  return make_release_step({.step = "deploy",
                            .needs = {},
                            .spec = std::move(spec),
                            .derived = nothing,
                            .request = std::move(request),
                            .outcome = std::move(outcome)});
}

}  // namespace dpctl::deploy
