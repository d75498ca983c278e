#include "lib/source/registry_login.hpp"

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/data/json.hpp"

namespace dpctl::source {
namespace {

constexpr std::size_t kMaxConfig = 4U << 20U;

Result<Json> read_config(std::string_view text, std::string_view name) {
  if (text.empty()) return Json::object();
  DPCTL_TRY(auto config, parse_json(text, name, {.depth = 32, .bytes = kMaxConfig}));
  if (!config.is_object()) return fail(Code::usage, "{} is no object of JSON", name);
  return config;
}

/// "https://host/v1/" → "host".
std::string_view host_of(std::string_view key) {
  if (const auto scheme = key.find("://"); scheme != std::string_view::npos) key.remove_prefix(scheme + 3);
  return key.substr(0, key.find('/'));
}

}  // namespace

Result<std::optional<RegistryLogin>> find_login(std::string_view config, std::string_view name,
                                                std::string_view host) {
  DPCTL_TRY(const auto tree, read_config(config, name));
  for (const auto& [key, row] : object_at(tree, "auths").items()) {
    if (host_of(key) != host || !row.is_object()) continue;
    RegistryLogin login{string_at(row, "username"), string_at(row, "password")};
    if (const auto auth = string_at(row, "auth"); !auth.empty()) {
      const auto text = base64_decode(auth);
      const auto colon = text ? text->find(':') : std::string::npos;
      if (colon == std::string::npos)
        return fail(Code::usage, "{}: the 'auth' of {} is not the base64 of NAME:PASSWORD", name, key);
      login = {text->substr(0, colon), text->substr(colon + 1)};
    }
    if (!login.username.empty()) return login;
  }
  return std::nullopt;
}

Result<std::string> add_login(std::string_view config, std::string_view name, std::string_view host,
                              const RegistryLogin& login) {
  DPCTL_TRY(auto tree, read_config(config, name));
  tree["auths"][std::string(host)] = {{"auth", base64_encode(login.username + ":" + login.password)}};
  return dump_json_pretty(tree);
}

Result<std::string> remove_login(std::string_view config, std::string_view name, std::string_view host) {
  DPCTL_TRY(auto tree, read_config(config, name));
  auto* const auths = tree.contains("auths") && tree["auths"].is_object() ? &tree["auths"] : nullptr;
  if (auths == nullptr || auths->erase(std::string(host)) == 0)
    return fail(Code::not_found, "not logged in to {}", host).hint("{} holds the logins", name);
  return dump_json_pretty(tree);
}

}  // namespace dpctl::source
