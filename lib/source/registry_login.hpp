#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl::source {

struct RegistryLogin {
  std::string username, password;
};

/// Who we are at a registry, from the text of Docker's or Helm's config.json: the row of `auths:` for "host",
/// "https://host" or "https://host/v1/". nullopt when it has none with a password. `name` is the file named
/// in errors.
Result<std::optional<RegistryLogin>> find_login(std::string_view config, std::string_view name,
                                                std::string_view host);

/// The text with that login added or replaced; every other part of it stays. Empty text begins a new file.
Result<std::string> add_login(std::string_view config, std::string_view name, std::string_view host,
                              const RegistryLogin& login);
/// The text without the host's login; Code::not_found when there is none.
Result<std::string> remove_login(std::string_view config, std::string_view name, std::string_view host);

}  // namespace dpctl::source
