#include "cli/commands/chart/registry_options.hpp"

#include <filesystem>

#include "cli/app/env.hpp"
#include "cli/commands/chart/helm_paths.hpp"
#include "lib/base/file.hpp"

namespace dpctl::cli {
namespace {

/// The file's bytes; empty when it is not named.
Result<std::string> pem(const std::string& path, Env& env) {
  if (path.empty()) return std::string();
  return env.read(path);
}

}  // namespace

std::filesystem::path registry_config(Env& env) {
  return helm_path(env, env.globals().registry_config, "HELM_REGISTRY_CONFIG", "HELM_CONFIG_HOME",
                   "XDG_CONFIG_HOME", ".config", "registry/config.json");
}

Result<source::RegistryAccess> registry_access(const RegistryFlags& flags, Env& env) {
  source::RegistryAccess access{
      .username = flags.username, .password = flags.password, .plain_http = flags.plain_http};
  access.http.tls.verify = !env.globals().insecure_skip_tls_verify;
  DPCTL_TRY(access.http.tls.ca_pem, pem(flags.ca_file, env));
  DPCTL_TRY(access.http.tls.client_cert_pem, pem(flags.cert_file, env));
  DPCTL_TRY(access.http.tls.client_key_pem, pem(flags.key_file, env));
  const auto docker = env.variable("DOCKER_CONFIG");
  const auto docker_folder = docker.empty() ? std::filesystem::path(env.variable("HOME")) / ".docker"
                                            : std::filesystem::path(docker);
  for (const auto& file : {registry_config(env), docker_folder / "config.json"}) {
    if (!std::filesystem::exists(file)) continue;
    DPCTL_TRY(auto text, read_file(file));
    access.logins.push_back({.name = file.string(), .text = std::move(text)});
  }
  return access;
}

}  // namespace dpctl::cli
