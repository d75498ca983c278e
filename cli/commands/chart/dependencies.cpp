#include "cli/commands/chart/dependencies.hpp"

#include <chrono>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "lib/kube/time.hpp"
#include "lib/net/url.hpp"
#include "lib/source/dependency_update.hpp"

namespace dpctl::cli {
namespace {

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

Result<void> change(const std::filesystem::path& folder, const RegistryFlags& flags, Env& env,
                    bool skip_refresh, bool tell, Change how) {
  DPCTL_TRY(const auto kept, repositories_of(env));
  DPCTL_TRY(const auto remotes, remotes_of(flags, env));
  const source::Elsewhere elsewhere{
      .address = [&](const std::string& repository) { return address_of(repository, kept); },
      .fetch = [&](const chart::Dependency& asked) -> Result<source::Fetched> {
        DPCTL_TRY(auto chart, source::fetch_chart(request_for(asked, kept, skip_refresh), remotes));
        return source::Fetched{.version = std::move(chart.version), .archive = std::move(chart.bytes)};
      }};
  const auto now = kube::format_micro_time(std::chrono::system_clock::now());
  DPCTL_TRY(const auto count, how(folder, elsewhere, now));
  if (tell && count > 0) env.print_text(fmt::format("Saving {} charts\nDeleting outdated charts\n", count));
  return {};
}

}  // namespace

Result<void> update_dependencies(const std::filesystem::path& folder, const RegistryFlags& flags, Env& env,
                                 bool skip_refresh, bool tell) {
  return change(folder, flags, env, skip_refresh, tell, source::update_dependencies);
}

Result<void> build_dependencies(const std::filesystem::path& folder, const RegistryFlags& flags, Env& env,
                                bool skip_refresh, bool tell) {
  return change(folder, flags, env, skip_refresh, tell, source::build_dependencies);
}

}  // namespace dpctl::cli
