#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"
#include "lib/chart/insight/blame.hpp"

namespace dpctl::cli {
namespace {

struct Options : ValueOptions, SourceOptions {
  std::string chart, field, release = "release-name", kube_version;
  int renders = 4000;
};

Json document_of(const chart::Blame& blame) {
  Json causes = Json::array();
  for (const auto& cause : blame.causes)
    causes.push_back({{"path", cause.origin.path},
                      {"value", cause.origin.value},
                      {"setBy", cause.origin.set_by},
                      {"decides", cause.decides_presence ? "presence" : "value"}});
  return {{"field", blame.field},          {"value", blame.value},  {"template", blame.template_},
          {"exactLine", blame.exact_line}, {"byLot", blame.by_lot}, {"causes", std::move(causes)}};
}

void add_rows(const chart::Blame& blame, View& view) {
  const std::string place = blame.template_ + (blame.exact_line ? "" : " (above)");
  if (blame.causes.empty())
    view.rows.push_back({blame.field, blame.value, place, "-",
                         blame.by_lot ? "differs at each render" : "the template alone", "-"});
  for (const auto& cause : blame.causes)
    view.rows.push_back({blame.field, blame.value, place,
                         fmt::format("{}={}", cause.origin.path, cause.origin.value), cause.origin.set_by,
                         cause.decides_presence ? "presence" : "value"});
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  DPCTL_TRY(const auto flags, flags_of(options, env));
  chart::RenderOptions render{.release = options.release,
                              .ns = env.globals().ns.empty() ? "default" : env.globals().ns};
  if (!options.kube_version.empty()) DPCTL_CHECK(render.capabilities.set_version(options.kube_version));
  if (options.renders < 1) return fail(Code::usage, "--renders must be at least 1");
  DPCTL_TRY(const auto found,
            chart::blame(*chart, flags, render, options.field,
                         {.renders = static_cast<std::size_t>(options.renders), .deadline = env.deadline()}));
  View view{.columns = {"FIELD", "VALUE", "TEMPLATE", "SOURCE", "SET-BY", "DECIDES"}};
  Json fields = Json::array();
  for (const auto& blame : found.fields) {
    add_rows(blame, view);
    view.names.push_back(blame.template_);
    fields.push_back(document_of(blame));
  }
  if (found.cut)
    env.warn(fmt::format("stopped after {} renders: there may be more sources (--renders)", found.renders));
  view.document = std::make_shared<const Json>(Json{{"apiVersion", "dpctl/v1"},
                                                    {"kind", "ChartBlame"},
                                                    {"fields", std::move(fields)},
                                                    {"renders", found.renders},
                                                    {"complete", !found.cut}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartBlame(
    "chart blame", [] {
      return command<Options>()
          .summary("Show which template line, file, flag or default decides a rendered field")
          .describe(
              "Changes one value after the other, renders again and looks whether the field changes. FIELD "
              "is "
              "kind/name:path, with lists as [0]; without a path every field of the object is looked at.")
          .example("Who says how many replicas there are",
                   "dpctl chart blame ./chart deployment/web:spec.replicas -f prod.yaml --set web.replicas=3")
          .example(
              "The image of the first container, for a program",
              "dpctl chart blame ./chart 'deployment/web:spec.template.spec.containers[0].image' -o json")
          .argument("CHART", &Options::chart, "builtin:NAME, a folder or a .tgz")
          .files()
          .argument("FIELD", &Options::field, "kind/name:path of the rendered field")
          .with(source_flags)
          .with(value_flags)
          .flag("--release", &Options::release, "name of the release", "NAME")
          .flag("--kube-version", &Options::kube_version,
                "version that the chart sees as .Capabilities.KubeVersion", "VERSION")
          .flag("--renders", &Options::renders, "at most so many renders", "NUMBER")
          .run(run);
    });

}  // namespace dpctl::cli
