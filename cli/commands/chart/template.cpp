#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/render.hpp"

namespace dpctl::cli {
namespace {

struct Options : ValueOptions, SourceOptions {
  std::string release, chart;
  std::vector<std::string> api_versions, show_only;
  std::string kube_version;
  bool include_crds = false, is_upgrade = false, skip_schema = false;
};

std::string shown(const chart::Rendered& rendered, const std::vector<std::string>& only) {
  std::string text;
  for (const auto& wanted : only)
    for (const auto& manifest : rendered.manifests)
      if (manifest.path == wanted || manifest.path.ends_with("/" + wanted))
        text += "---\n# Source: " + manifest.path + "\n" + manifest.content + "\n";
  return text;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  DPCTL_TRY(const auto values, values_of(options, env));
  chart::RenderOptions render{.release = options.release,
                              .ns = env.globals().ns.empty() ? "default" : env.globals().ns,
                              .is_upgrade = options.is_upgrade,
                              .skip_schema = options.skip_schema};
  if (!options.kube_version.empty()) DPCTL_CHECK(render.capabilities.set_version(options.kube_version));
  for (const auto& version : options.api_versions) render.capabilities.api_versions.push_back(version);
  DPCTL_TRY(const auto rendered, chart::render(*chart, values, render));
  for (const auto& warning : rendered.warnings) env.warn(warning);
  if (options.show_only.empty()) {
    env.print_text(rendered.template_text(options.include_crds));
    return ExitCode::ok;
  }
  const std::string text = shown(rendered, options.show_only);
  if (text.empty())
    return fail(Code::not_found, "could not find template {} in chart", options.show_only.front());
  env.print_text(text);
  return ExitCode::ok;
}

}  // namespace

const Command kChartTemplate =
    command<Options>("chart template")
        .summary("Render a chart as 'helm template' does, without a cluster")
        .example("Render the chart of the services",
                 "dpctl chart template data-processing-pipeline builtin:pipeline -n data-processing")
        .example("Render a chart of one's own",
                 "dpctl chart template web ./chart -f values.yaml --set replicas=3")
        .argument("RELEASE", &Options::release, "name of the release")
        .argument("CHART", &Options::chart, "builtin:NAME, a folder or a .tgz")
        .files()
        .with(source_flags)
        .with(value_flags)
        .flag("--kube-version", &Options::kube_version,
              "version that the chart sees as .Capabilities.KubeVersion", "VERSION")
        .flag("-a,--api-versions", &Options::api_versions, "API version that the chart sees as there",
              "GROUP/VERSION")
        .flag("--include-crds", &Options::include_crds, "also the files of crds/")
        .flag("--is-upgrade", &Options::is_upgrade, "render for an upgrade")
        .flag("--show-only", &Options::show_only, "only this file of templates/", "PATH")
        .flag("--skip-schema-validation", &Options::skip_schema, "do not check values.schema.json")
        .run(run);

}  // namespace dpctl::cli
