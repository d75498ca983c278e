#pragma once

#include <string>

#include "cli/app/env.hpp"
#include "cli/output/view.hpp"
#include "lib/deploy/release_request.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::cli {

/// What the verbs that change a release share with each other.
struct ActionOptions {
  std::string description;
  std::vector<std::string> labels;
  std::string dry_run;
  bool wait = false, wait_for_jobs = false, no_hooks = false, force_conflicts = false;
};

/// The release of the request, planned and (unless `dry_run`) carried out, in the namespace of the flag or of
/// the context.
Result<deploy::ReleaseOutcome> act_on_release(const std::string& name, deploy::ReleaseRequest request,
                                              plan::Goal goal, bool dry_run, bool force_conflicts, Env& env);

/// --labels a=b,c=d
Result<std::map<std::string, std::string>> labels_of(const std::vector<std::string>& flags);

/// --dry-run=none|client|server: is it one, and may templates look at the cluster?
struct DryRun {
  bool on = false, lookup = true;
};
Result<DryRun> dry_run_of(const std::string& flag);

/// Helm's summary of a release: name, time, namespace, status, revision, description, notes; for a dry run
/// with hooks and manifest. JSON: kind Release.
View view_of_release(const chart::Release& release, bool dry_run);

inline constexpr auto action_flags = [](auto& builder) {
  builder
      .flag("--dry-run", &ActionOptions::dry_run,
            "only show what would be recorded; with 'server' templates may look at the cluster",
            "none|client|server", {"none", "client", "server"})
      .flag("--wait", &ActionOptions::wait, "wait until everything is ready")
      .flag("--wait-for-jobs", &ActionOptions::wait_for_jobs, "wait until Jobs are complete too")
      .flag("--no-hooks", &ActionOptions::no_hooks, "run no hooks")
      .flag("--force-conflicts", &ActionOptions::force_conflicts,
            "take over fields that other field managers own")
      .flag("--description", &ActionOptions::description, "text for the record of this revision", "TEXT");
};

}  // namespace dpctl::cli
