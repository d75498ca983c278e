#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/printer.hpp"
#include "cli/output/view.hpp"
#include "lib/source/dependency_update.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string chart = ".";
  int width = 80;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto states, source::dependency_states(env.world().directory / options.chart));
  View view{.columns = {"NAME", "VERSION", "REPOSITORY", "STATUS"}};
  Json items = Json::array();
  for (const auto& [asked, state] : states) {
    view.rows.push_back({fitted(asked.name, options.width), fitted(asked.version, options.width),
                         fitted(asked.repository, options.width), fitted(state, options.width)});
    view.names.push_back(asked.name);
    items.push_back({{"name", asked.name},
                     {"version", asked.version},
                     {"repository", asked.repository},
                     {"status", state}});
  }
  if (states.empty()) env.warn("no dependencies at " + options.chart + "/charts");
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ChartDependencyList"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartDependencyList(
    "chart dependency list", [] {
      return command<Options>()
          .summary("List a chart's dependencies and whether charts/ holds them")
          .example("Which dependencies are there", "dpctl chart dependency list ./chart")
          .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
          .files()
          .flag("--max-col-width", &Options::width, "widest column of the table; 0: whole texts", "COLUMNS")
          .run(run);
    });

}  // namespace dpctl::cli
