#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/release_store.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  bool all_namespaces = false, by_date = false, reverse = false, short_names = false;
  bool deployed = false, failed = false, pending = false, superseded = false, uninstalled = false,
       uninstalling = false;
  std::string filter;
  int max = 256, offset = 0;
};

/// Without a flag of their own all states but "superseded" are shown, as in Helm 4.
bool is_wanted(const Options& options, const chart::Release& release) {
  const bool any = options.deployed || options.failed || options.pending || options.superseded ||
                   options.uninstalled || options.uninstalling;
  if (!any) return release.status != "superseded";
  return (options.deployed && release.status == "deployed") ||
         (options.failed && release.status == "failed") || (options.pending && release.pending()) ||
         (options.superseded && release.status == "superseded") ||
         (options.uninstalled && release.status == "uninstalled") ||
         (options.uninstalling && release.status == "uninstalling");
}

void sort_by(const Options& options, std::vector<chart::Release>& releases) {
  std::stable_sort(releases.begin(), releases.end(), [&](const auto& a, const auto& b) {
    if (options.by_date) return a.last_deployed < b.last_deployed;
    return a.name != b.name ? a.name < b.name : a.ns < b.ns;
  });
  if (options.reverse) std::reverse(releases.begin(), releases.end());
}

Result<std::vector<chart::Release>> releases_of(const Options& options, Env& env) {
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  chart::ClusterReleaseStore store(*cluster, options.all_namespaces ? "" : cluster->connection().ns);
  DPCTL_TRY(auto all, store.list(env.deadline(), env.stop()));
  const RE2 filter(options.filter, RE2::Quiet);
  if (!filter.ok()) return fail(Code::usage, "--filter {}: {}", options.filter, filter.error());
  std::erase_if(all, [&](const chart::Release& release) {
    return !is_wanted(options, release) || !RE2::PartialMatch(release.name, filter);
  });
  sort_by(options, all);
  const auto skipped = std::min(all.size(), static_cast<std::size_t>(std::max(options.offset, 0)));
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(skipped));
  if (options.max > 0 && all.size() > static_cast<std::size_t>(options.max))
    all.resize(static_cast<std::size_t>(options.max));
  return all;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto releases, releases_of(options, env));
  View view{.columns = {"NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION"}};
  Json items = Json::array();
  for (const auto& release : releases) {
    view.rows.push_back({release.name, release.ns, std::to_string(release.version),
                         go_time(release.last_deployed), release.status, chart_label(release),
                         app_version(release)});
    view.names.push_back("release/" + release.name);
    items.push_back({{"name", release.name},
                     {"namespace", release.ns},
                     {"revision", std::to_string(release.version)},
                     {"updated", go_time(release.last_deployed)},
                     {"status", release.status},
                     {"chart", chart_label(release)},
                     {"app_version", app_version(release)}});
  }
  if (options.short_names) {
    std::string text;
    for (const auto& release : releases) text += release.name + "\n";
    env.print_text(text);
    return ExitCode::ok;
  }
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ReleaseList"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

const Command kChartList =
    command<Options>("chart list")
        .summary("List the releases of a namespace, whoever installed them")
        .example("All releases of the cluster", "dpctl chart list -A")
        .example("Those that failed or were left in the middle", "dpctl chart list --failed --pending")
        .flag("-A,--all-namespaces", &Options::all_namespaces, "releases of every namespace")
        .flag("--short", &Options::short_names, "only names, one a line")
        .flag("--filter", &Options::filter, "only names that fit a regular expression", "REGEX")
        .flag("-d,--date", &Options::by_date, "sort by time in place of name")
        .flag("-r,--reverse", &Options::reverse, "the other way round")
        .flag("-m,--max", &Options::max, "how many at most; 0: all", "N")
        .flag("--offset", &Options::offset, "leave out the first", "N")
        .flag("--deployed", &Options::deployed, "those that are deployed")
        .flag("--failed", &Options::failed, "those that failed")
        .flag("--pending", &Options::pending, "those in the middle of a change, or left there")
        .flag("--superseded", &Options::superseded, "those whose newest revision was replaced")
        .flag("--uninstalled", &Options::uninstalled, "those that were uninstalled and kept")
        .flag("--uninstalling", &Options::uninstalling, "those that are being uninstalled")
        .run(run);

}  // namespace dpctl::cli
