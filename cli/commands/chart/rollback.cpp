#include "cli/commands/chart/chart_action.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

struct Options : ActionOptions {
  std::string release;
  int revision = 0, history_max = -1;
  bool cleanup = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto dry, dry_run_of(options));
  DPCTL_TRY(auto request, request_of(static_cast<const ActionOptions&>(options)));
  request.verb = deploy::ReleaseRequest::Verb::rollback;
  request.revision = options.revision;
  request.cleanup_on_fail = options.cleanup;
  DPCTL_TRY(request.history_max, history_max_of(options.history_max, env));
  DPCTL_TRY(const auto outcome, act_on_release(options.release, std::move(request), plan::Goal::present,
                                               dry.on, options.force_conflicts, env));
  DPCTL_CHECK(env.print(view_of_release(
      *outcome.release,
      {.dry_run = dry.on, .lead = dry.on ? "" : "Rollback was a success! Happy Helming!\n"})));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartRollback(
    "chart rollback", [] {
      return command<Options>()
          .summary("Go back to an earlier revision of a release, as 'helm rollback' does")
          .describe(
              "What was recorded is applied again as a new revision; nothing is rendered. Without a revision "
              "it is the last one that was deployed before the newest. A rollback that was killed is "
              "continued.")
          .example("Go back by one", "dpctl chart rollback web -n shop --wait")
          .example("Go back to a revision", "dpctl chart rollback web 3 -n shop")
          .argument("RELEASE", &Options::release, "name of the release")
          .argument("REVISION", &Options::revision, "number of the revision", nullptr, false)
          .with(action_flags)
          .flag("--history-max", &Options::history_max,
                "revisions that are kept; 0 keeps all; default: $HELM_MAX_HISTORY, else 10", "N")
          .flag("--cleanup-on-fail", &Options::cleanup, "remove what a failed rollback created")
          .run(run);
    });

}  // namespace dpctl::cli
