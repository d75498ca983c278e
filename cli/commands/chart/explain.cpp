#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"
#include "lib/chart/insight/explain.hpp"

namespace dpctl::cli {
namespace {

struct Options : ValueOptions, SourceOptions {
  std::string chart;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto chart, chart_of(options.chart, options, env));
  DPCTL_TRY(const auto values, values_of(options, env));
  DPCTL_TRY(const auto found, chart::explain(*chart, values));
  View view{.columns = {"PLACE", "FUNCTION", "RESULT"}};
  Json uses = Json::array();
  for (const auto& use : found) {
    view.rows.push_back({use.place, use.function, use.why});
    view.names.push_back(use.place);
    uses.push_back({{"place", use.place}, {"function", use.function}, {"result", use.why}});
  }
  if (found.empty()) view.footer = "the chart is made of its values alone: every render gives the same";
  view.document = std::make_shared<const Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ChartExplanation"}, {"uses", std::move(uses)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartExplain(
    "chart explain", [] {
      return command<Options>()
          .summary("List what a chart takes from chance, the clock, the cluster or the network")
          .describe("Looks at the templates of the chart and of its enabled subcharts; renders nothing.")
          .example("What makes two renders of a chart differ", "dpctl chart explain ./chart")
          .argument("CHART", &Options::chart, "builtin:NAME, a folder or a .tgz")
          .files()
          .with(source_flags)
          .with(value_flags)
          .run(run);
    });

}  // namespace dpctl::cli
