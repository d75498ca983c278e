#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/app/env.hpp"
#include "cli/commands/chart/post_renderer.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "lib/deploy/release_request.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::cli {

/// What the verbs that change a release share with each other.
struct ActionOptions {
  std::string description;
  std::vector<std::string> labels;
  std::string dry_run, wait, server_side;
  bool wait_for_jobs = false, no_hooks = false, force_conflicts = false, take_over = false;
};

/// What those share that show a release and render one.
struct RenderedActionOptions : ActionOptions, PostRenderOptions {
  bool hide_notes = false, hide_secret = false, stable = false, strict_values = false;
  bool take_ownership = false, undo = false, skip_crds = false, skip_schema = false, subchart_notes = false;
};

/// --dry-run=none|client|server: is it one, and may it ask the cluster?
struct DryRun {
  bool on = false, server = true;
};
Result<DryRun> dry_run_of(const ActionOptions&);

/// The request's part of these flags; a strategy that is none and --server-side=false are usage errors.
Result<deploy::ReleaseRequest> request_of(const ActionOptions&);
Result<deploy::ReleaseRequest> request_of(const RenderedActionOptions&, Env&);

/// --history-max, when it is not given (negative): HELM_MAX_HISTORY, else 10, as in Helm.
Result<int> history_max_of(int flag, Env&);

/// The release of the request, planned and (unless `dry_run`) carried out, in the namespace of the flag or of
/// the context.
Result<deploy::ReleaseOutcome> act_on_release(const std::string& name, deploy::ReleaseRequest request,
                                              plan::Goal goal, bool dry_run, bool force_conflicts, Env& env);

/// --labels a=b,c=d
Result<std::map<std::string, std::string>> labels_of(const std::vector<std::string>& flags);

inline constexpr auto action_flags = [](auto& builder) {
  builder
      .flag("--dry-run", &ActionOptions::dry_run,
            "record and change nothing: 'server' asks the cluster, 'client' (also without a value) lets "
            "templates see none of it",
            "none|client|server")
      .bare("client")
      .flag("--wait", &ActionOptions::wait,
            "wait until everything is ready; hookOnly waits for hooks alone, as without the flag",
            "watcher|hookOnly|legacy")
      .bare("watcher")
      .flag("--wait-for-jobs", &ActionOptions::wait_for_jobs, "wait until Jobs are complete too")
      .flag("--no-hooks", &ActionOptions::no_hooks, "run no hooks")
      .flag("--force-conflicts", &ActionOptions::force_conflicts,
            "take over fields that other field managers own")
      .flag("--server-side", &ActionOptions::server_side, "objects are always applied by the server",
            "true|auto")
      .bare("true")
      .flag("--take-over", &ActionOptions::take_over,
            "go on although another tool, which holds no lock, began a revision a moment ago")
      .flag("--description", &ActionOptions::description, "text for the record of this revision", "TEXT");
};

inline constexpr auto rendered_action_flags = [](auto& builder) {
  builder
      .flag("--stable", &RenderedActionOptions::stable,
            "what random, certificate and clock functions gave in the last revision stays, and what changes "
            "nothing makes no revision")
      .flag("--strict-values", &RenderedActionOptions::strict_values,
            "a value that nothing reads is an error")
      .flag("--hide-notes", &RenderedActionOptions::hide_notes, "do not show the notes")
      .flag("--hide-secret", &RenderedActionOptions::hide_secret, "do not show Secrets in a dry run")
      .flag("--take-ownership", &RenderedActionOptions::take_ownership,
            "objects that exist become a part of the release, whoever made them")
      .flag("--render-subchart-notes", &RenderedActionOptions::subchart_notes,
            "render the notes of subcharts too")
      .flag("--skip-schema-validation", &RenderedActionOptions::skip_schema,
            "do not check values.schema.json")
      .without_effect(Param::Kind::flag, {"--disable-openapi-validation"})  // the server validates
      .with(post_render_flags);
};

}  // namespace dpctl::cli
