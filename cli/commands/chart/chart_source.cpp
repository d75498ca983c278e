#include "cli/commands/chart/chart_source.hpp"

#include <filesystem>

#include "cli/app/heap.hpp"
#include "cli/commands/chart/dependencies.hpp"
#include "cli/commands/chart/helm_paths.hpp"
#include "cli/commands/chart/keyring.hpp"
#include "lib/base/file.hpp"
#include "lib/deploy/release_chart.hpp"
#include "lib/source/git.hpp"

namespace dpctl::cli {
namespace {

namespace fs = std::filesystem;

fs::path repositories_file(const Env& env) {
  return helm_path(env, env.globals().repository_config, "HELM_REPOSITORY_CONFIG", "HELM_CONFIG_HOME",
                   "XDG_CONFIG_HOME", ".config", "repositories.yaml");
}

fs::path index_cache(const Env& env) {
  return helm_path(env, env.globals().repository_cache, "HELM_REPOSITORY_CACHE", "HELM_CACHE_HOME",
                   "XDG_CACHE_HOME", ".cache", "repository");
}

}  // namespace

Result<source::Remotes> remotes_of(const RegistryFlags& flags, Env& env) {
  source::Remotes remotes{.repositories = repositories_file(env),
                          .cache = index_cache(env),
                          .deadline = env.deadline(),
                          .stop = env.stop()};
  DPCTL_TRY(remotes.registry, registry_access(flags, env));
  return remotes;
}

Result<source::Repositories> repositories_of(Env& env) {
  return source::Repositories::load(repositories_file(env), index_cache(env));
}

source::ChartRequest request_of(const std::string& reference, const SourceOptions& options, Env& env) {
  const auto absolute = [&](const std::string& path) {
    return path.empty() ? path : (env.world().directory / path).string();
  };
  return {.reference = reference,
          .version = options.version,
          .devel = options.devel,
          .repository = {.name = {},
                         .url = options.repository,
                         .username = options.username,
                         .password = options.password,
                         .ca_file = absolute(options.ca_file),
                         .cert_file = absolute(options.cert_file),
                         .key_file = absolute(options.key_file),
                         .insecure_skip_tls_verify = env.globals().insecure_skip_tls_verify,
                         .pass_credentials = options.pass_credentials},
          .provenance = options.verify};
}

Result<source::RemoteChart> fetch(const source::ChartRequest& request, const SourceOptions& options,
                                  Env& env) {
  DPCTL_TRY(const auto remotes, remotes_of(options, env));
  DPCTL_TRY(auto chart, source::fetch_chart(request, remotes));
  if (options.verify) {
    DPCTL_TRY(const auto ring, keyring_of(options.keyring, env));
    DPCTL_TRY(const auto verified,
              source::verify_provenance(chart.bytes, chart.file, chart.provenance, ring));
    env.say(text_of(verified));
  }
  return chart;
}

Result<std::shared_ptr<chart::Chart>> chart_of(const std::string& reference, const SourceOptions& options,
                                               Env& env) {
  expect_large_heap();
  if (source::is_git(reference)) {
    if (options.verify)
      return fail(Code::usage, "{}: a git repository has no signature that --verify could check", reference);
    const TempDir folder;
    DPCTL_TRY(const auto fetched,
              source::fetch_git(reference, folder.path(), {}, env.deadline(), env.stop()));
    return chart::load_chart(fetched.path.string());
  }
  const auto request = request_of(reference, options, env);
  const bool builtin = reference.starts_with("builtin:");
  std::error_code error;
  const bool here = options.repository.empty() && fs::exists(env.world().directory / reference, error);
  if (!builtin && !here && source::is_remote(request)) {
    DPCTL_TRY(const auto fetched, fetch(request, options, env));
    return chart::load_archive(fetched.bytes, fetched.file);
  }
  if (options.verify && !builtin) {
    DPCTL_TRY(const auto verified, verify_archive(reference, options.keyring, env));
    env.say(text_of(verified));
  }
  DPCTL_TRY(auto chart, deploy::find_chart(reference, env.world().directory));
  const bool lacks_some = options.dependency_update && !chart::check_dependencies(*chart);
  if (!lacks_some || !fs::is_directory(env.world().directory / reference, error)) return chart;
  DPCTL_CHECK(update_dependencies(env.world().directory / reference, {options}, env));
  return deploy::find_chart(reference, env.world().directory);
}

}  // namespace dpctl::cli
