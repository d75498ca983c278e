#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/jsonpath.hpp"
#include "lib/source/package.hpp"

namespace dpctl::cli {
namespace {

struct Options : SourceOptions {
  std::string chart, jsonpath;
};

const chart::File* readme_of(const chart::Chart& chart) {
  for (const auto& file : chart.files) {
    const auto name = to_lower(file.name);
    if (name == "readme.md" || name == "readme.txt" || name == "readme") return &file;
  }
  return nullptr;
}

Result<std::string> values_text(const chart::Chart& chart, const std::string& jsonpath) {
  if (!chart.has_values) return std::string();
  if (jsonpath.empty()) return chart.values_text + "\n";
  DPCTL_TRY(const auto path, JsonPath::parse(jsonpath));
  return path.print(to_tree(chart.values));
}

std::string crds_text(const chart::Chart& chart) {
  std::string text;
  for (const auto& crd : crds_of(chart)) {
    if (!crd.file->data.starts_with("---")) text += "---\n";
    text += crd.file->data + "\n";
  }
  return text;
}

Result<ExitCode> show_chart(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  env.print_text(source::metadata_yaml(chart->metadata) + "\n");
  return ExitCode::ok;
}

Result<ExitCode> show_values(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  DPCTL_TRY(const auto text, values_text(*chart, options.jsonpath));
  env.print_text(text);
  return ExitCode::ok;
}

Result<ExitCode> show_readme(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  if (const auto* readme = readme_of(*chart)) env.print_text(readme->data + "\n");
  return ExitCode::ok;
}

Result<ExitCode> show_crds(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  env.print_text(crds_text(*chart));
  return ExitCode::ok;
}

Result<ExitCode> show_all(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  DPCTL_TRY(const auto values, values_text(*chart, ""));
  std::string text = source::metadata_yaml(chart->metadata) + "\n";
  if (!values.empty()) text += "---\n" + values;
  if (const auto* readme = readme_of(*chart)) text += "---\n" + readme->data + "\n";
  env.print_text(text + crds_text(*chart));
  return ExitCode::ok;
}

Command row(std::string_view what, const char* summary, const char* example,
            Result<ExitCode> (*run)(const Options&, Env&)) {
  auto builder = command<Options>();
  builder.summary(summary)
      .example(example, fmt::format("dpctl chart show {} ./chart", what))
      .argument("CHART", &Options::chart, "builtin:NAME, a folder, a .tgz or a chart of a repository")
      .files()
      .with(source_flags);
  if (what == "values") builder.flag("--jsonpath", &Options::jsonpath, "only what this path selects", "PATH");
  return builder.run(run);
}

}  // namespace

constinit const Row kChartShowAll("chart show all", [] {
  return row("all", "Show a chart's Chart.yaml, values, README and CRDs",
             "Everything there is to read about a chart", show_all);
});
constinit const Row kChartShowChart("chart show chart", [] {
  return row("chart", "Show a chart's Chart.yaml", "Name, version and dependencies", show_chart);
});
constinit const Row kChartShowCrds("chart show crds", [] {
  return row("crds", "Show a chart's custom resource definitions", "The definitions of a chart", show_crds);
});
constinit const Row kChartShowReadme("chart show readme", [] {
  return row("readme", "Show a chart's README", "What its authors say of it", show_readme);
});
constinit const Row kChartShowValues("chart show values", [] {
  return row("values", "Show a chart's values.yaml", "The values that can be set", show_values);
});

}  // namespace dpctl::cli
