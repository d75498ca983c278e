#include <algorithm>
#include <map>
#include <optional>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/chart/post_renderer.hpp"
#include "cli/commands/chart/value_warnings.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/insight/selection.hpp"
#include "lib/chart/redaction.hpp"
#include "lib/chart/render.hpp"
#include "lib/deploy/cluster_lookup.hpp"
#include "lib/deploy/release_chart.hpp"

namespace dpctl::cli {
namespace {

struct Options : ValueOptions, SourceOptions, PostRenderOptions {
  std::string first, second;  ///< RELEASE CHART, or CHART alone
  std::vector<std::string> api_versions, show_only;
  std::string kube_version, name_template, output_dir;
  bool include_crds = false, no_hooks = false, skip_tests = false;
  bool is_upgrade = false, skip_schema = false, subchart_notes = false;
  bool generate_name = false, release_name = false, strict = false;
  std::string dry_run;
};

Result<std::string> release_of(const Options& options) {
  std::string name = "release-name";
  if (!options.second.empty()) {
    if (options.generate_name) return fail(Code::usage, "cannot set --generate-name and also specify a name");
    if (!options.name_template.empty())
      return fail(Code::usage, "cannot set --name-template and also specify a name");
    name = options.first;
  } else if (!options.name_template.empty()) {
    DPCTL_TRY(name, chart::name_from_template(options.name_template));
  }
  DPCTL_CHECK(chart::check_release_name(name));
  return name;
}

/// A path of the chart is no path out of the folder.
bool stays_inside(const std::string& path) {
  const auto parts = split(path, '/');
  return !path.starts_with('/') && std::find(parts.begin(), parts.end(), "..") == parts.end();
}

/// The files of --output-dir, in the order in which Helm writes them.
class Folder {
 public:
  Folder(std::filesystem::path start, std::string root, std::string below)
      : start_(std::move(start)), root_(std::move(root)), below_(std::move(below)) {}

  void add_crd(const std::string& path, std::string_view content) { add(root_, path, content); }
  void add(const std::string& path, std::string_view content) { add(below_, path, content); }
  Result<void> write(Env& env) const {
    for (const auto& path : order_)
      if (!stays_inside(path.second))
        return fail(Code::failed, "the chart has a file outside of itself: {}", path.second);
    std::map<std::string, std::string> written;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const auto name = order_[i].first + "/" + order_[i].second;
      written[name] += contents_[i];
      DPCTL_CHECK(write_file(start_ / name, written[name]));
      env.print_text("wrote " + name + "\n");
    }
    return {};
  }

 private:
  void add(const std::string& folder, const std::string& path, std::string_view content) {
    order_.emplace_back(folder, path);
    contents_.push_back(fmt::format("---\n# Source: {}\n{}\n", path, content));
  }
  std::filesystem::path start_;
  std::string root_, below_;
  std::vector<std::pair<std::string, std::string>> order_;
  std::vector<std::string> contents_;
};

Result<void> write_folder(const Options& options, const std::string& release, const chart::Rendered& rendered,
                          Env& env) {
  Folder folder(env.world().directory, options.output_dir,
                options.release_name ? options.output_dir + "/" + release : options.output_dir);
  if (options.include_crds)
    for (const auto& crd : chart::crds_of(*rendered.chart)) folder.add_crd(crd.path, crd.file->data);
  for (const auto& manifest : rendered.manifests) folder.add(manifest.path, manifest.content);
  for (const auto& hook : rendered.hooks) folder.add(hook.path, hook.manifest);
  DPCTL_CHECK(folder.write(env));
  env.print_text("\n");
  return {};
}

void drop_hooks(const Options& options, chart::Rendered& rendered) {
  if (options.no_hooks) rendered.hooks.clear();
  if (!options.skip_tests) return;
  std::erase_if(rendered.hooks, [](const chart::Hook& hook) {
    return std::find(hook.events.begin(), hook.events.end(), "test") != hook.events.end();
  });
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, release_of(options));
  DPCTL_TRY(const auto chart,
            chart_of(options.second.empty() ? options.first : options.second, options, env));
  DPCTL_TRY(const auto values, values_of(options, env));
  DPCTL_CHECK(check_values(*chart, values, options.strict, env));
  chart::RenderOptions render{.release = release,
                              .ns = env.globals().ns.empty() ? "default" : env.globals().ns,
                              .is_upgrade = options.is_upgrade,
                              .skip_schema = options.skip_schema,
                              .subchart_notes = options.subchart_notes};
  std::optional<deploy::ClusterLookup> lookup;
  if (options.dry_run == "server") {
    DPCTL_TRY(kube::Cluster * cluster, env.cluster());
    DPCTL_TRY(render.capabilities, deploy::capabilities_of(*cluster, env.deadline(), env.stop()));
    render.lookup = &lookup.emplace(*cluster, env.deadline(), env.stop());
  }
  if (!options.kube_version.empty()) DPCTL_CHECK(render.capabilities.set_version(options.kube_version));
  for (auto& version : comma_separated(options.api_versions))
    render.capabilities.api_versions.push_back(std::move(version));
  DPCTL_TRY(render.post_render, post_render_of(options, env));
  const auto kept = std::make_shared<chart::Rendered>();
  DPCTL_TRY(*kept, chart::render(*chart, chart::with_placeholders(values), render));
  env.keep(chart);
  env.keep(kept);
  auto& rendered = *kept;
  for (const auto& warning : rendered.warnings) env.warn(warning);
  drop_hooks(options, rendered);
  if (!options.output_dir.empty()) {
    DPCTL_CHECK(write_folder(options, release, rendered, env));
    return ExitCode::ok;
  }
  auto text = rendered.template_text(options.include_crds);
  if (!options.show_only.empty()) {
    DPCTL_TRY(text, chart::show_only(text, options.show_only));
  }
  env.print_text(text);
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartTemplate("chart template", [] {
  return command<Options>()
      .summary("Render a chart as 'helm template' does, without a cluster")
      .describe(
          "With one argument it is the chart, and the release is called release-name, as in Helm. A value "
          "that no template reads and the chart does not name is warned about on standard error.")
      .example("Render the chart of the services",
               "dpctl chart template data-processing-pipeline builtin:pipeline -n data-processing")
      .example("Render a chart of one's own",
               "dpctl chart template web ./chart -f values.yaml --set replicas=3")
      .example("Only the files of one folder",
               "dpctl chart template web ./chart --show-only 'templates/rbac/*'")
      .argument("RELEASE", &Options::first, "name of the release; may be left out")
      .files()
      .argument("CHART", &Options::second, "builtin:NAME, a folder or a .tgz", nullptr, false)
      .files()
      .with(source_flags)
      .with(dependency_flags)
      .with(value_flags)
      .flag("--strict-values", &Options::strict, "a value that nothing reads is an error")
      .flag("--kube-version", &Options::kube_version,
            "version that the chart sees as .Capabilities.KubeVersion", "VERSION")
      .flag("-a,--api-versions", &Options::api_versions, "API version that the chart sees as there",
            "GROUP/VERSION")
      .flag("--include-crds", &Options::include_crds, "also the files of crds/")
      .flag("--no-hooks", &Options::no_hooks, "no hooks")
      .flag("--skip-tests", &Options::skip_tests, "no hooks that are tests")
      .flag("--is-upgrade", &Options::is_upgrade, "render for an upgrade")
      .flag("-s,--show-only", &Options::show_only,
            "only files whose path in the chart matches; may be repeated", "PATTERN")
      .flag("--output-dir", &Options::output_dir, "write files below this folder, not to standard output",
            "FOLDER")
      .files()
      .flag("--release-name", &Options::release_name, "put the release's name into the path of --output-dir")
      .flag("--name-template", &Options::name_template, "template of the release's name", "TEXT")
      .flag("-g,--generate-name", &Options::generate_name, "no name is given, as in 'helm template'")
      .flag("--render-subchart-notes", &Options::subchart_notes, "render the notes of subcharts too")
      .flag("--skip-schema-validation", &Options::skip_schema, "do not check values.schema.json")
      .with(post_render_flags)
      .flag("--dry-run", &Options::dry_run,
            "'server' lets templates see the cluster: its version, its kinds, what lookup finds", "MODE",
            {"none", "client", "server"})
      .bare("client")
      // Helm takes the flags of install here too.
      .without_effect(Param::Kind::flag, {"--skip-crds", "--create-namespace", "--disable-openapi-validation",
                                          "--force-conflicts", "--force-replace", "--force", "--hide-notes",
                                          "--replace", "--rollback-on-failure", "--atomic",
                                          "--take-ownership", "--wait-for-jobs", "--hide-secret"})
      .without_effect(Param::Kind::value, {"--description", "--labels", "-l"})
      .without_effect(Param::Kind::value, {"--wait", "--server-side"}, "true")
      .run(run);
});

}  // namespace dpctl::cli
