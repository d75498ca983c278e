#pragma once

#include <string>
#include <string_view>

#include "lib/chart/release_store.hpp"
#include "lib/deploy/hooks.hpp"
#include "lib/deploy/release_step.hpp"

namespace dpctl::deploy {

// A release belongs to whoever upgrades it next. With Helm's own name for the owner of its fields, `helm
// upgrade` and `dpctl deploy` take turns without conflicts, and what one no longer wants goes although the
// other set it.
inline constexpr std::string_view kReleaseManager = "helm";

/// What is asked of a release, and what its records say: what planning, carrying through and uninstalling
/// share.
struct ReleaseState {
  ReleaseKind kind;
  chart::History history{};  ///< oldest first
  bool took_over = false;    ///< what a run that ended in the middle left is being cleared away

  [[nodiscard]] const std::string& name() const { return kind.spec.name; }
  [[nodiscard]] const ReleaseRequest& asked() const { return kind.request; }
  [[nodiscard]] const chart::Release* newest() const { return chart::last_of(history); }
  [[nodiscard]] int next_revision() const { return newest() == nullptr ? 1 : newest()->version + 1; }
  [[nodiscard]] bool uninstalled() const { return newest() != nullptr && newest()->status == "uninstalled"; }
  /// Helm's word for a release that was deployed before.
  [[nodiscard]] bool is_upgrade() const;
  /// "install", "upgrade" or "rollback": what the next revision is.
  [[nodiscard]] std::string_view verb() const;
};

/// Where the records of a release are kept.
chart::ReleaseStore store_of(const plan::Context& context);

/// The objects that a release's records say are its own: those of the deployed revision and of all that were
/// tried since.
Result<std::vector<Json>> recorded_objects(plan::Context&, const ReleaseState&);

/// How the hooks of this release are run.
HookRun hook_run(const ReleaseState&);

std::vector<kube::ObjectRef> refs_of(std::span<const Json> objects);

/// The present moment as records write it.
std::string time_now();

}  // namespace dpctl::deploy
