#pragma once

#include <filesystem>
#include <string>

#include "cli/app/command.hpp"
#include "lib/source/oci.hpp"

namespace dpctl::cli {

/// How to reach a registry or a repository: Helm's flags. `.with(registry_flags)`. Certificates are not
/// checked when the global flag --insecure-skip-tls-verify says so.
struct RegistryFlags {
  std::string username, password, ca_file, cert_file, key_file;
  bool plain_http = false;
};

/// Where Helm keeps logins: --registry-config, HELM_REGISTRY_CONFIG, else registry/config.json in its folder of configuration.
std::filesystem::path registry_config(Env& env);

/// The flags, and the logins that Helm and Docker keep.
Result<source::RegistryAccess> registry_access(const RegistryFlags& flags, Env& env);

inline constexpr auto registry_flags = [](auto& builder) {
  builder.flag("--username", &RegistryFlags::username, "user of the registry or repository", "NAME")
      .flag("--password", &RegistryFlags::password, "its password", "TEXT")
      .flag("--plain-http", &RegistryFlags::plain_http, "no TLS")
      .flag("--ca-file", &RegistryFlags::ca_file, "certificate authorities to trust", "FILE")
      .files()
      .flag("--cert-file", &RegistryFlags::cert_file, "client certificate", "FILE")
      .files()
      .flag("--key-file", &RegistryFlags::key_file, "its key", "FILE")
      .files();
};

}  // namespace dpctl::cli
