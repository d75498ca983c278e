#include "cli/commands/chart/chart_action.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/insight/selection.hpp"

namespace dpctl::cli {
namespace {

using Request = deploy::ReleaseRequest;

struct Options : ValueOptions, SourceOptions, ActionOptions {
  std::string release, chart;
  bool install = false, reuse = false, reset = false, reset_then_reuse = false, cleanup = false;
  bool create_namespace = false, skip_crds = false, take_ownership = false, undo = false;
  bool skip_schema = false, subchart_notes = false;
  int history_max = 10;
};

/// --reset-values wins over the others, as in Helm.
Request::Values values_from(const Options& options) {
  if (options.reset) return Request::Values::reset;
  if (options.reuse) return Request::Values::reuse;
  return options.reset_then_reuse ? Request::Values::reset_then_reuse : Request::Values::automatic;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_CHECK(chart::check_release_name(options.release));
  DPCTL_TRY(const auto dry, dry_run_of(options.dry_run));
  Request request{.verb = Request::Verb::upgrade,
                  .values_from = values_from(options),
                  .install_missing = options.install,
                  .create_namespace = options.install && options.create_namespace,
                  .take_ownership = options.take_ownership,
                  .hooks = !options.no_hooks,
                  .crds = !options.skip_crds,
                  .wait = options.wait || options.undo,
                  .wait_for_jobs = options.wait_for_jobs,
                  .cleanup_on_fail = options.cleanup,
                  .undo_on_fail = options.undo,
                  .lookup = dry.lookup,
                  .skip_schema = options.skip_schema,
                  .subchart_notes = options.subchart_notes,
                  .history_max = options.history_max,
                  .description = options.description};
  DPCTL_TRY(request.chart, chart_of(options.chart, options, env));
  DPCTL_TRY(request.values, values_of(options, env));
  DPCTL_TRY(request.labels, labels_of(options.labels));
  DPCTL_TRY(const auto outcome, act_on_release(options.release, std::move(request), plan::Goal::present,
                                               dry.on, options.force_conflicts, env));
  DPCTL_CHECK(env.print(view_of_release(*outcome.release, dry.on)));
  return ExitCode::ok;
}

}  // namespace

const Command kChartUpgrade =
    command<Options>("chart upgrade")
        .summary("Upgrade a release to a chart and values, as 'helm upgrade' does")
        .describe(
            "Without new values the old ones are used again. A release that a killed run left pending is "
            "continued; one that somebody is at work on is an error that names who.")
        .example("Change a value", "dpctl chart upgrade web ./chart --reuse-values --set replicas=3")
        .example("Install it when it is not there", "dpctl chart upgrade --install web ./chart --wait")
        .argument("RELEASE", &Options::release, "name of the release")
        .argument("CHART", &Options::chart, "builtin:NAME, a folder or a .tgz")
        .files()
        .with(source_flags)
        .with(value_flags)
        .with(action_flags)
        .flag("--labels", &Options::labels, "labels of the record; the value null removes one", "KEY=VALUE")
        .flag("-i,--install", &Options::install, "install the release when it is not there")
        .flag("--create-namespace", &Options::create_namespace, "with --install: create the namespace")
        .flag("--reuse-values", &Options::reuse,
              "the old values and the old chart's defaults, new ones over them")
        .flag("--reset-values", &Options::reset, "only the values that are given now")
        .flag("--reset-then-reuse-values", &Options::reset_then_reuse,
              "the new chart's defaults, the old values, then those given now")
        .flag("--history-max", &Options::history_max, "revisions that are kept; 0 keeps all", "N")
        .flag("--cleanup-on-fail", &Options::cleanup, "remove what a failed upgrade created")
        .flag("--skip-crds", &Options::skip_crds, "with --install: create nothing of crds/")
        .flag("--take-ownership", &Options::take_ownership,
              "objects that exist become a part of the release, whoever made them")
        .flag("--rollback-on-failure,--atomic", &Options::undo,
              "roll back when it fails; waits as --wait does")
        .flag("--render-subchart-notes", &Options::subchart_notes, "render the notes of subcharts too")
        .flag("--skip-schema-validation", &Options::skip_schema, "do not check values.schema.json")
        .run(run);

}  // namespace dpctl::cli
