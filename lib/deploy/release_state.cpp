#include "lib/deploy/release_state.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

#include "lib/deploy/release_chart.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::deploy {

using Verb = ReleaseRequest::Verb;

bool ReleaseState::is_upgrade() const {
  if (asked().verb == Verb::install || uninstalled()) return false;
  return std::any_of(history.begin(), history.end(), [](const chart::Release& release) {
    return release.status == "deployed" || release.status == "superseded";
  });
}

std::string_view ReleaseState::verb() const {
  if (asked().verb == Verb::rollback) return "rollback";
  return is_upgrade() ? "upgrade" : "install";
}

chart::ReleaseStore store_of(const plan::Context& context) {
  return {context.cluster, context.environment.ns, context.records};
}

Result<std::vector<Json>> recorded_objects(plan::Context& context, const ReleaseState& state) {
  const auto* deployed = chart::deployed_of(state.history);
  std::vector<Json> all;
  for (const auto& release : state.history) {
    if (deployed != nullptr && release.version < deployed->version) continue;
    if (release.status == "uninstalled") continue;
    DPCTL_TRY(auto objects, objects_of(context, release.manifest, state.name()));
    std::move(objects.begin(), objects.end(), std::back_inserter(all));
  }
  return all;
}

HookRun hook_run(const ReleaseState& state) {
  auto* outcome = state.kind.outcome.get();
  return {.step = state.kind.step,
          .replace_left = state.took_over,
          .output = outcome == nullptr ? nullptr : &outcome->hook_output};
}

std::vector<kube::ObjectRef> refs_of(std::span<const Json> objects) {
  std::vector<kube::ObjectRef> refs;
  refs.reserve(objects.size());
  for (const auto& object : objects) refs.push_back(kube::ref_of(object));
  return refs;
}

std::string time_now() { return kube::format_time(std::chrono::system_clock::now()); }

}  // namespace dpctl::deploy
