#include <fmt/format.h>

#include "cli/commands/chart/chart_action.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/chart/value_warnings.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/insight/selection.hpp"

namespace dpctl::cli {
namespace {

using Request = deploy::ReleaseRequest;

struct Options : ValueOptions, SourceOptions, RenderedActionOptions {
  std::string release, chart;
  bool install = false, reuse = false, reset = false, reset_then_reuse = false, cleanup = false;
  bool create_namespace = false;
  int history_max = -1;
};

/// --reset-values wins over the others, as in Helm.
Request::Values values_from(const Options& options) {
  if (options.reset) return Request::Values::reset;
  if (options.reuse) return Request::Values::reuse;
  return options.reset_then_reuse ? Request::Values::reset_then_reuse : Request::Values::automatic;
}

Result<Request> request_from(const Options& options, const DryRun& dry, Env& env) {
  DPCTL_TRY(auto request, request_of(static_cast<const RenderedActionOptions&>(options), env));
  DPCTL_TRY(request.chart, chart_of(options.chart, options, env));
  DPCTL_TRY(request.values, values_of(options, env));
  DPCTL_TRY(request.history_max, history_max_of(options.history_max, env));
  request.verb = Request::Verb::upgrade;
  request.values_from = values_from(options);
  request.install_missing = options.install;
  request.create_namespace = options.install && options.create_namespace;
  request.cleanup_on_fail = options.cleanup;
  request.lookup = dry.server;
  return request;
}

/// Helm's first line, unless nothing was to be done.
std::string lead_of(const chart::Release& release, bool changed) {
  if (!changed) return fmt::format("Release \"{}\" is as the chart and the values say.\n", release.name);
  if (release.description.starts_with("Install"))
    return fmt::format("Release \"{}\" does not exist. Installing it now.\n", release.name);
  return fmt::format("Release \"{}\" has been upgraded. Happy Helming!\n", release.name);
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_CHECK(chart::check_release_name(options.release));
  DPCTL_TRY(const auto dry, dry_run_of(options));
  DPCTL_TRY(auto request, request_from(options, dry, env));
  if (options.strict_values) DPCTL_CHECK(check_values(*request.chart, request.values, true, env));
  DPCTL_TRY(const auto outcome, act_on_release(options.release, std::move(request), plan::Goal::present,
                                               dry.on, options.force_conflicts, env));
  const auto& release = outcome.release.value();
  DPCTL_CHECK(env.print(view_of_release(release, {.dry_run = dry.on && outcome.changed,
                                                  .notes = !options.hide_notes,
                                                  .secrets = !options.hide_secret,
                                                  .lead = lead_of(release, outcome.changed)})));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartUpgrade("chart upgrade", [] {
  return command<Options>()
      .summary("Upgrade a release to a chart and values, as 'helm upgrade' does")
      .describe(
          "Without new values the old ones are used again. A dry run, also a client's, needs the records "
          "that the cluster keeps. A release that a killed run left pending is "
          "continued; one that somebody is at work on is an error that names who.")
      .example("Change a value", "dpctl chart upgrade web ./chart --reuse-values --set replicas=3")
      .example("Install it when it is not there", "dpctl chart upgrade --install web ./chart --wait")
      .argument("RELEASE", &Options::release, "name of the release")
      .argument("CHART", &Options::chart, "builtin:NAME, a folder or a .tgz")
      .files()
      .with(source_flags)
      .with(dependency_flags)
      .with(value_flags)
      .with(action_flags)
      .with(rendered_action_flags)
      .flag("-l,--labels", &Options::labels, "labels of the record; the value null removes one", "KEY=VALUE")
      .flag("-i,--install", &Options::install, "install the release when it is not there")
      .flag("--create-namespace", &Options::create_namespace, "with --install: create the namespace")
      .flag("--reuse-values", &Options::reuse,
            "the old values and the old chart's defaults, new ones over them")
      .flag("--reset-values", &Options::reset, "only the values that are given now")
      .flag("--reset-then-reuse-values", &Options::reset_then_reuse,
            "the new chart's defaults, the old values, then those given now")
      .flag("--history-max", &Options::history_max,
            "revisions that are kept; 0 keeps all; default: $HELM_MAX_HISTORY, else 10", "N")
      .flag("--cleanup-on-fail", &Options::cleanup, "remove what a failed upgrade created")
      .flag("--skip-crds", &Options::skip_crds, "with --install: create nothing of crds/")
      .flag("--rollback-on-failure,--atomic", &Options::undo, "roll back when it fails; waits as --wait does")
      .run(run);
});

}  // namespace dpctl::cli
