#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/printer.hpp"
#include "cli/output/view.hpp"

namespace dpctl::cli {
namespace {

struct ListOptions {
  bool no_headers = false;
};

Result<ExitCode> list(const ListOptions& options, Env& env) {
  DPCTL_TRY(const auto kept, repositories_of(env));
  View view{.columns = {"NAME", "URL"}};
  Json items = Json::array();
  for (const auto& one : kept.all()) {
    view.rows.push_back({one.name, one.url});
    view.names.push_back(one.name);
    items.push_back({{"name", one.name}, {"url", one.url}});
  }
  if (kept.all().empty()) env.say("no repositories to show");
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ChartRepositoryList"}, {"items", std::move(items)}});
  if (options.no_headers) leave_out_headers(view);
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

struct RemoveOptions {
  std::vector<std::string> names;
};

Result<ExitCode> remove(const RemoveOptions& options, Env& env) {
  DPCTL_TRY(auto kept, repositories_of(env));
  for (const auto& name : options.names) {
    if (!kept.remove(name))
      return fail(Code::not_found, "no repo named \"{}\" found", name).hint("dpctl chart repo list");
    DPCTL_CHECK(kept.save());
    env.print_text(fmt::format("\"{}\" has been removed from your repositories\n", name));
  }
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartRepoList("chart repo list", [] {
  return command<ListOptions>()
      .summary("List the chart repositories that were added")
      .example("Which repositories are known", "dpctl chart repo list")
      .flag("--no-headers", &ListOptions::no_headers, "no line of column names")
      .run(list);
});

constinit const Row kChartRepoRemove("chart repo remove", [] {
  return command<RemoveOptions>()
      .summary("Forget chart repositories and their cached indexes")
      .example("Forget a repository", "dpctl chart repo remove stable")
      .argument("NAME", &RemoveOptions::names, "names of repositories")
      .run(remove);
});

}  // namespace dpctl::cli
