#include "cli/commands/chart/dependencies.hpp"

#include <chrono>
#include <mutex>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "cli/commands/chart/keyring.hpp"
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

Result<std::size_t> change(const std::filesystem::path& folder, const DependencyFlags& flags, Env& env,
                           Change how) {
  source::Keyring ring;
  if (flags.verify) {
    DPCTL_TRY(ring, keyring_of(flags.keyring, env));
  }
  DPCTL_TRY(const auto kept, repositories_of(env));
  DPCTL_TRY(const auto remotes, remotes_of(flags, env));
  std::mutex one_at_a_time;
  const source::Elsewhere elsewhere{
      .address = [&](const std::string& repository) { return address_of(repository, kept); },
      .fetch = [&](const chart::Dependency& asked) -> Result<source::Fetched> {
        auto request = request_for(asked, kept, flags.skip_refresh);
        request.provenance = flags.verify;
        DPCTL_TRY(auto chart, source::fetch_chart(request, remotes));
        if (flags.verify) {
          const std::lock_guard lock(one_at_a_time);  // dependencies arrive on several threads
          DPCTL_CHECK(source::verify_provenance(chart.bytes, chart.file, chart.provenance, ring));
        }
        return source::Fetched{.version = std::move(chart.version), .archive = std::move(chart.bytes)};
      }};
  const auto now = kube::format_micro_time(std::chrono::system_clock::now());
  return how(folder, elsewhere, now);
}

}  // namespace

Result<std::size_t> update_dependencies(const std::filesystem::path& folder, const DependencyFlags& flags,
                                        Env& env) {
  return change(folder, flags, env, source::update_dependencies);
}

Result<std::size_t> build_dependencies(const std::filesystem::path& folder, const DependencyFlags& flags,
                                       Env& env) {
  return change(folder, flags, env, source::build_dependencies);
}

}  // namespace dpctl::cli
