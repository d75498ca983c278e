#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/app/record_kind.hpp"
#include "cli/commands/chart/release_time.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/chart/stuck.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/printer.hpp"
#include "lib/chart/release_store.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  bool all_namespaces = false, by_date = false, reverse = false, short_names = false, no_headers = false;
  bool all = false, deployed = false, failed = false, pending = false, superseded = false, uninstalled = false,
       uninstalling = false;
  std::string filter, selector, time_format;
  int max = 256, offset = 0;
};

bool any_state(const Options& options) {
  return options.deployed || options.failed || options.pending || options.superseded || options.uninstalled ||
         options.uninstalling;
}

/// Without a flag of their own, or with --all, all states are shown.
bool is_wanted(const Options& options, const chart::Summary& release) {
  if (options.all || !any_state(options)) return true;
  return (options.deployed && release.status == "deployed") ||
         (options.failed && release.status == "failed") || (options.pending && release.pending()) ||
         (options.superseded && release.status == "superseded") ||
         (options.uninstalled && release.status == "uninstalled") ||
         (options.uninstalling && release.status == "uninstalling");
}

/// As in Helm: superseded revisions are looked at only when nothing else is asked for.
bool only_superseded(const Options& options) {
  return options.superseded && !options.all && !options.deployed && !options.failed && !options.pending &&
         !options.uninstalled && !options.uninstalling;
}

void sort_by_name(const Options& options, std::vector<chart::Summary>& releases) {
  std::stable_sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  if (options.reverse) std::reverse(releases.begin(), releases.end());
}

/// Oldest first. (Helm compares the seconds within a minute alone.)
void sort_by_date(const Options& options, std::vector<chart::Summary>& releases) {
  std::stable_sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) {
    return is_before(a.last_deployed, b.last_deployed);
  });
  if (options.reverse) std::reverse(releases.begin(), releases.end());
}

void cut(const Options& options, std::vector<chart::Summary>& releases) {
  const auto skipped = std::min(releases.size(), static_cast<std::size_t>(std::max(options.offset, 0)));
  releases.erase(releases.begin(), releases.begin() + static_cast<std::ptrdiff_t>(skipped));
  if (options.max > 0 && releases.size() > static_cast<std::size_t>(options.max))
    releases.resize(static_cast<std::size_t>(options.max));
}

/// Labels say which releases there are; only of those that are shown, a record is read.
Result<std::vector<chart::Summary>> releases_of(const Options& options, Env& env) {
  const RE2 filter(options.filter, RE2::Quiet);
  if (!filter.ok()) return fail(Code::usage, "--filter {}: {}", options.filter, filter.error());
  DPCTL_TRY(const auto kind, record_kind(env));
  DPCTL_TRY(kube::Cluster * cluster, env.cluster_for_large_answers());
  chart::ReleaseStore store(*cluster, options.all_namespaces ? "" : cluster->connection().ns, kind);
  DPCTL_TRY(auto all, store.list({.newest_only = !only_superseded(options), .selector = options.selector},
                                 env.deadline(), env.stop()));
  std::erase_if(all, [&](const chart::Summary& release) {
    return !is_wanted(options, release) || !RE2::PartialMatch(release.name, filter);
  });
  sort_by_name(options, all);
  if (!options.by_date) cut(options, all);
  if ((options.short_names || env.globals().quiet) && !options.by_date) return all;
  DPCTL_TRY(auto listed, store.fill_in(std::move(all), env.deadline(), env.stop()));
  for (const auto& error : listed.unreadable) env.warn(one_line(error));
  if (options.by_date) {
    sort_by_date(options, listed.releases);
    cut(options, listed.releases);
  }
  return std::move(listed.releases);
}

Json item_of(const chart::Summary& release, const std::string& updated) {
  Json item{{"name", release.name},
            {"namespace", release.ns},
            {"revision", std::to_string(release.version)},
            {"updated", updated},
            {"status", release.status},
            {"chart", chart_label(release)},
            {"app_version", release.app_version}};
  if (release.pieces.parts > 0) item["parts"] = release.pieces.parts;
  if (!release.pieces.helm_reads) item["helm_reads"] = false;
  return item;
}

void tell_of_parts(const std::vector<chart::Summary>& releases, Env& env) {
  for (const auto& release : releases)
    if (release.pieces.parts > 0)
      env.say(fmt::format("release {} is too large for one record and kept in {} parts: {}", release.name,
                          release.pieces.parts + 1,
                          release.pieces.helm_reads ? "Helm reads it, without the files of the chart"
                                                    : "Helm cannot read it"));
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto releases, releases_of(options, env));
  if (options.short_names || env.globals().quiet) {
    std::string text;
    for (const auto& release : releases) text += release.name + "\n";
    env.print_text(text);
    return ExitCode::ok;
  }
  View view{.columns = {"NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP-VERSION"}};
  Json items = Json::array();
  for (const auto& release : releases) {
    const auto updated = list_time(release.last_deployed, options.time_format);
    view.rows.push_back({release.name, release.ns, std::to_string(release.version), updated, release.status,
                         chart_label(release), release.app_version});
    view.names.push_back("release/" + release.name);
    items.push_back(item_of(release, updated));
  }
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ReleaseList"}, {"items", std::move(items)}});
  if (options.no_headers) leave_out_headers(view);
  DPCTL_CHECK(env.print(view));
  tell_of_parts(releases, env);
  return tell_of_stuck(releases, env);
}

}  // namespace

constinit const Row kChartList(
    "chart list", [] {
      return command<Options>()
          .summary("List the releases of a namespace, whoever installed them")
          .describe(
              "Every state is listed unless flags choose among them. A release in the middle of a change is "
              "told with "
              "who is at work on it, or with what to do when nobody is. Records are read where HELM_DRIVER "
              "says: "
              "secret or configmap. JSON and YAML have Helm's fields, and parts and helm_reads for a release "
              "that "
              "is too large for one record.")
          .example("All releases of the cluster", "dpctl chart list -A")
          .example("Those that failed or were left in the middle", "dpctl chart list --failed --pending")
          .example("Those of a team", "dpctl chart list -A -l team=prices")
          .flag("-A,--all-namespaces", &Options::all_namespaces, "releases of every namespace")
          .flag("-a,--all", &Options::all, "of every state, whatever other flags say")
          .flag("--short", &Options::short_names, "only names, one a line; -q too")
          .flag("-f,--filter", &Options::filter, "only names that fit a regular expression", "REGEX")
          .flag("-l,--selector", &Options::selector, "only records with these labels", "SELECTOR")
          .flag("-d,--date", &Options::by_date, "sort by time in place of name, oldest first")
          .flag("-r,--reverse", &Options::reverse, "the other way round")
          .flag("-m,--max", &Options::max, "how many at most; 0: all", "N")
          .flag("--offset", &Options::offset, "leave out the first", "N")
          .flag("--no-headers", &Options::no_headers, "no line of column names")
          .flag("--time-format", &Options::time_format, "layout of times, as Go writes them", "LAYOUT")
          .flag("--deployed", &Options::deployed, "those that are deployed")
          .flag("--failed", &Options::failed, "those that failed")
          .flag("--pending", &Options::pending, "those in the middle of a change, or left there")
          .flag("--superseded", &Options::superseded, "revisions that were replaced")
          .flag("--uninstalled", &Options::uninstalled, "those that were uninstalled and kept")
          .flag("--uninstalling", &Options::uninstalling, "those that are being uninstalled")
          .run(run);
    });

}  // namespace dpctl::cli
