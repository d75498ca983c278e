#include "lib/infra/infra.hpp"

#include <nlohmann/json.hpp>

#include "lib/deploy/release_step.hpp"

namespace dpctl::infra {
namespace {

// The Sentinels watch the master under the name by which the services ask for it.
Json values_of(const plan::Environment& environment) {
  return {{"sentinel", {{"master", environment.redis.master}}}};
}

}  // namespace

std::unique_ptr<plan::Step> make_step(const plan::Environment& environment) {
  return deploy::make_release_step({.step = "infra",
                                    .needs = {"prepare"},
                                    .spec = environment.infra,
                                    .derived = values_of,
                                    .request = {.stable = true}});
}

}  // namespace dpctl::infra
