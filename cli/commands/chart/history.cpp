#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/table.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string release;
  int max = 256;
};

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto history, history_of(options.release, env));
  View view{.columns = {"REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION", "DESCRIPTION"}};
  Json items = Json::array();
  const auto shown =
      options.max > 0 ? std::min(history.size(), static_cast<std::size_t>(options.max)) : history.size();
  for (auto i = history.size() - shown; i < history.size(); ++i) {
    const auto& release = history[i];
    view.rows.push_back({std::to_string(release.version), local_time(release.last_deployed), release.status,
                         chart_label(release), app_version(release), release.description});
    view.names.push_back(fmt::format("release/{}/{}", release.name, release.version));
    items.push_back({{"revision", release.version},
                     {"updated", release.last_deployed},
                     {"status", release.status},
                     {"chart", chart_label(release)},
                     {"app_version", app_version(release)},
                     {"description", release.description}});
  }
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ReleaseHistory"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

const Command kChartHistory = command<Options>("chart history")
                                  .summary("List the revisions of a release, oldest first")
                                  .example("What happened to a release", "dpctl chart history web -n shop")
                                  .argument("RELEASE", &Options::release, "name of the release")
                                  .flag("--max", &Options::max, "the newest so many; 0: all", "N")
                                  .run(run);

}  // namespace dpctl::cli
