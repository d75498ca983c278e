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

using Change = Result<std::size_t> (*)(const std::filesystem::path&, const source::Fetch&, std::string_view);

/// `@name` and `alias:name` are repositories that were added; any other address is asked for itself, with the
/// credentials of the one that was added for it.
Result<source::ChartRequest> request_for(const chart::Dependency& asked, const source::Repositories& kept,
                                         bool cached) {
  source::ChartRequest request{.reference = asked.name, .version = asked.version};
  const auto& address = asked.repository;
  if (source::is_oci(address)) {
    request.reference = net::join_url(address, asked.name);
    return request;
  }
  const bool alias = address.starts_with('@') || address.starts_with("alias:");
  const auto name = address.substr(address.starts_with('@') ? 1 : alias ? 6 : 0);
  const auto* known = alias ? kept.find(name) : kept.serving(net::join_url(address, ""));
  if (alias && known == nullptr)
    return fail(Code::not_found, "dependency {}: no repository is called {}", asked.name, name)
        .hint("dpctl chart repo add {} URL", name);
  if (known != nullptr && cached) {
    request.reference = known->name + "/" + asked.name;
    return request;
  }
  request.repository = known != nullptr ? *known : source::Repository{.name = {}, .url = address};
  if (!alias) request.repository.url = address;
  return request;
}

Result<ExitCode> change(const Options& options, Env& env, Change how) {
  DPCTL_TRY(const auto kept, repositories_of(env));
  DPCTL_TRY(const auto remotes, remotes_of(options, env));
  const auto elsewhere = [&](const chart::Dependency& asked) -> Result<source::Fetched> {
    DPCTL_TRY(const auto request, request_for(asked, kept, options.skip_refresh));
    DPCTL_TRY(auto chart, source::fetch_chart(request, remotes));
    return source::Fetched{.version = std::move(chart.version), .archive = std::move(chart.bytes)};
  };
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
