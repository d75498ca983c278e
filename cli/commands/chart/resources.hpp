#pragma once

#include <memory>
#include <string>

#include "cli/app/env.hpp"
#include "lib/chart/release.hpp"
#include "lib/data/json.hpp"

namespace dpctl::cli {

/// What the objects of a release look like in the cluster now, with the pods of its workloads: as `helm status`
/// shows it. What is gone is left out.
struct Resources {
  std::string text{};  ///< "==> v1/ConfigMap", a table as the server prints it, a blank line; for each kind
  std::shared_ptr<Json> objects{};  ///< in place of text: Helm's info.resources, kind to objects
};
Result<Resources> resources_of(const chart::Release& release, bool objects, Env& env);

/// Stars in place of what Secrets hold.
void mask(Resources& resources);

}  // namespace dpctl::cli
