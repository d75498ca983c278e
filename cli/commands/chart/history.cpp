#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/release_time.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/insight/selection.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string release;
  int max = 256;
};

Result<std::vector<chart::Summary>> revisions_of(const Options& options, Env& env) {
  DPCTL_CHECK(chart::check_release_name(options.release));
  DPCTL_TRY(auto store, store_of(env));
  DPCTL_TRY(auto listed, store.summaries(options.release, env.deadline(), env.stop()));
  for (const auto& error : listed.unreadable) env.warn(one_line(error));
  auto& found = listed.releases;
  if (found.empty() && listed.unreadable.empty())
    return fail(Code::not_found, "release {} not found", options.release).hint("dpctl chart list -A");
  if (options.max > 0 && found.size() > static_cast<std::size_t>(options.max))
    found.erase(found.begin(), found.end() - options.max);
  return std::move(found);
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto revisions, revisions_of(options, env));
  View view{.columns = {"REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION", "DESCRIPTION"}};
  Json items = Json::array();
  for (const auto& release : revisions) {
    view.rows.push_back({std::to_string(release.version), local_time(release.last_deployed), release.status,
                         chart_label(release), release.app_version, release.description});
    view.names.push_back(fmt::format("release/{}/{}", release.name, release.version));
    items.push_back({{"revision", release.version},
                     {"updated", release.last_deployed},
                     {"status", release.status},
                     {"chart", chart_label(release)},
                     {"app_version", release.app_version},
                     {"description", release.description}});
    if (release.pieces.parts > 0) items.back()["parts"] = release.pieces.parts;
    if (!release.pieces.helm_reads) items.back()["helm_reads"] = false;
  }
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ReleaseHistory"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartHistory("chart history", [] {
  return command<Options>()
      .summary("List the revisions of a release, oldest first")
      .example("What happened to a release", "dpctl chart history web -n shop")
      .argument("RELEASE", &Options::release, "name of the release")
      .flag("--max", &Options::max, "the newest so many; 0: all", "N")
      .run(run);
});

}  // namespace dpctl::cli
