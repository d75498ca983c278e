#include <fmt/format.h>

#include <chrono>

#include "cli/commands/chart/chart_action.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/chart/value_warnings.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/insight/selection.hpp"
#include "lib/deploy/release_step.hpp"

namespace dpctl::cli {
namespace {

struct Options : ValueOptions, SourceOptions, RenderedActionOptions {
  std::string first, second;  ///< RELEASE CHART, or CHART alone with --generate-name
  std::string name_template;
  bool generate_name = false, replace = false, create_namespace = false;
};

Result<std::string> name_of(const Options& options, const chart::Chart& chart) {
  if (options.generate_name && !options.second.empty())
    return fail(Code::usage, "cannot set --generate-name and also specify a name");
  if (!options.name_template.empty() && !options.second.empty())
    return fail(Code::usage, "cannot set --name-template and also specify a name");
  if (!options.name_template.empty()) {
    DPCTL_TRY(auto name, chart::name_from_template(options.name_template));
    DPCTL_CHECK(chart::check_release_name(name));
    return name;
  }
  if (!options.generate_name && options.second.empty())
    return fail(Code::usage, "no name for the release").hint("name it, or say --generate-name");
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  const std::string name =
      options.second.empty() ? fmt::format("{}-{}", chart.name(), seconds.count()) : options.first;
  DPCTL_CHECK(chart::check_release_name(name));
  return name;
}

Result<deploy::ReleaseRequest> request_from(const Options& options, Env& env) {
  DPCTL_TRY(auto request, request_of(static_cast<const RenderedActionOptions&>(options), env));
  DPCTL_TRY(request.chart, chart_of(options.second.empty() ? options.first : options.second, options, env));
  DPCTL_TRY(request.values, values_of(options, env));
  request.verb = deploy::ReleaseRequest::Verb::install;
  request.replace = options.replace;
  request.create_namespace = options.create_namespace;
  return request;
}

/// --dry-run=client: nothing but the chart is needed.
Result<ExitCode> rehearse(const std::string& name, const deploy::ReleaseRequest& request,
                          const ReleaseShow& show, Env& env) {
  const auto ns = env.globals().ns.empty() ? "default" : env.globals().ns;
  DPCTL_TRY(const auto release, deploy::rehearse_install(name, ns, request));
  DPCTL_CHECK(env.print(view_of_release(release, show)));
  return ExitCode::ok;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto dry, dry_run_of(options));
  DPCTL_TRY(auto request, request_from(options, env));
  DPCTL_TRY(const auto name, name_of(options, *request.chart));
  if (options.strict_values) DPCTL_CHECK(check_values(*request.chart, request.values, true, env));
  const ReleaseShow show{.dry_run = dry.on, .notes = !options.hide_notes, .secrets = !options.hide_secret};
  if (dry.on && !dry.server) return rehearse(name, request, show, env);
  DPCTL_TRY(const auto outcome, act_on_release(name, std::move(request), plan::Goal::present, dry.on,
                                               options.force_conflicts, env));
  DPCTL_CHECK(env.print(view_of_release(*outcome.release, show)));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartInstall("chart install", [] {
  return command<Options>()
      .summary("Install a chart as a release, as 'helm install' does")
      .describe(
          "The objects are planned by server-side dry run and applied in parallel. An object that exists "
          "and is not the release's is an error that names it. What a run that was killed left behind is "
          "continued. --timeout bounds all of it, not each operation. A value that no template reads is "
          "warned about.")
      .example("Install a chart and wait for it", "dpctl chart install web ./chart -n shop --wait")
      .example("See what would be installed", "dpctl chart install web ./chart --dry-run=server")
      .argument("RELEASE", &Options::first, "name of the release; may be left out with --generate-name")
      .argument("CHART", &Options::second, "builtin:NAME, a folder or a .tgz", nullptr, false)
      .files()
      .with(source_flags)
      .with(dependency_flags)
      .with(value_flags)
      .with(action_flags)
      .with(rendered_action_flags)
      .flag("-l,--labels", &Options::labels, "labels of the record", "KEY=VALUE")
      .flag("-g,--generate-name", &Options::generate_name, "make a name from the chart's")
      .flag("--name-template", &Options::name_template, "template of the release's name", "TEXT")
      .flag("--replace", &Options::replace, "take the name of a release that failed or was uninstalled")
      .flag("--create-namespace", &Options::create_namespace, "create the namespace when it is not there")
      .flag("--skip-crds", &Options::skip_crds, "create nothing of crds/")
      .flag("--rollback-on-failure,--atomic", &Options::undo,
            "uninstall again when it fails; waits as --wait does")
      .run(run);
});

}  // namespace dpctl::cli
