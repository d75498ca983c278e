#pragma once

#include <string>
#include <string_view>

#include "lib/chart/release.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// How hooks are run.
struct HookRun {
  std::string_view step{};    ///< the work that they belong to, for events
  bool replace_left = false;  ///< whatever the policy: an object of the same name was left by a run that died
  /// Takes what the pods of a hook wrote, before anything is cleaned up: of hooks whose output-log-policy
  /// names how they ended, or of all.
  std::string* output = nullptr;
  bool all_output = false;
};

/// Runs the hooks of one event ("pre-install", "post-upgrade", …) one after the other, by weight, as Helm
/// does: what an earlier run left is removed first (before-hook-creation, also the default), Jobs and Pods
/// are waited for until they are complete, and afterwards removed as their policies say. Notes each run in
/// the release. The first failing hook ends it with its cause, pod, container and last log lines
/// (Code::unhealthy).
Result<void> run_hooks(plan::Context&, const HookRun&, chart::Release&, std::string_view event);

}  // namespace dpctl::deploy
