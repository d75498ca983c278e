#include "lib/source/dependency_update.hpp"

#include <chrono>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "cli/commands/table.hpp"
#include "lib/kube/time.hpp"
#include "lib/net/url.hpp"

namespace dpctl::cli {
namespace {

struct Options : RegistryFlags {
  std::string chart = ".";
  bool skip_refresh = false;
};

using Change = Result<std::size_t> (*)(const std::filesystem::path&, const source::Elsewhere&,
                                       std::string_view);

/// `@name` and `alias:name` are repositories that were added.
Result<std::string> address_of(const std::string& repository, const source::Repositories& kept) {
  const bool at = repository.starts_with('@');
  if (!at && !repository.starts_with("alias:")) return repository;
  const auto name = repository.substr(at ? 1 : 6);
  if (const auto* known = kept.find(name)) return known->url;
  return fail(Code::not_found, "no repository is called {}", name).hint("dpctl chart repo add {} URL", name);
}

/// A repository that was added is asked with its credentials, any other without.
source::ChartRequest request_for(const chart::Dependency& asked, const source::Repositories& kept,
                                 bool cached) {
  source::ChartRequest request{.reference = asked.name, .version = asked.version};
  if (source::is_oci(asked.repository)) {
    request.reference = net::join_url(asked.repository, asked.name);
    return request;
  }
  const auto* known = kept.serving(net::join_url(asked.repository, ""));
  if (known != nullptr && cached) {
    request.reference = known->name + "/" + asked.name;
    return request;
  }
  if (known != nullptr) request.repository = *known;
  request.repository.url = asked.repository;
  return request;
}

Result<ExitCode> change(const Options& options, Env& env, Change how) {
  DPCTL_TRY(const auto kept, repositories_of(env));
  DPCTL_TRY(const auto remotes, remotes_of(options, env));
  const source::Elsewhere elsewhere{
      .address = [&](const std::string& repository) { return address_of(repository, kept); },
      .fetch = [&](const chart::Dependency& asked) -> Result<source::Fetched> {
        DPCTL_TRY(auto chart, source::fetch_chart(request_for(asked, kept, options.skip_refresh), remotes));
        return source::Fetched{.version = std::move(chart.version), .archive = std::move(chart.bytes)};
      }};
  const auto now = kube::format_micro_time(std::chrono::system_clock::now());
  DPCTL_TRY(const auto count, how(env.world().directory / options.chart, elsewhere, now));
  if (count > 0) env.print_text(fmt::format("Saving {} charts\nDeleting outdated charts\n", count));
  return ExitCode::ok;
}

Result<ExitCode> update(const Options& options, Env& env) {
  return change(options, env, source::update_dependencies);
}

Result<ExitCode> build(const Options& options, Env& env) {
  return change(options, env, source::build_dependencies);
}

}  // namespace

const Command kChartDependencyBuild =
    command<Options>("chart dependency build")
        .summary("Fill charts/ with the versions that Chart.lock names")
        .describe("A lock that does not belong to Chart.yaml is an error; without a lock this is an update.")
        .example("Get the dependencies that were locked", "dpctl chart dependency build ./chart")
        .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
        .files()
        .with(registry_flags)
        .flag("--skip-refresh", &Options::skip_refresh, "choose by the indexes as 'repo update' left them")
        .run(build);

const Command kChartDependencyUpdate =
    command<Options>("chart dependency update")
        .summary("Choose the versions of a chart's dependencies anew, fill charts/ and write Chart.lock")
        .example("Take the newest versions that Chart.yaml allows", "dpctl chart dependency update ./chart")
        .argument("CHART", &Options::chart, "folder with a Chart.yaml", nullptr, false)
        .files()
        .with(registry_flags)
        .flag("--skip-refresh", &Options::skip_refresh, "choose by the indexes as 'repo update' left them")
        .run(update);

}  // namespace dpctl::cli
