#pragma once

#include <string>
#include <string_view>

namespace dpctl::net {

/// "Authorization", "Cookie", "X-API-Key", names with "token", "secret" or "password" in them: headers whose
/// value is a secret.
bool is_secret_header(std::string_view name);

/// The URL without user information and with the values of secret query parameters (token, signature, key,
/// password, …) as "***".
std::string redact_url(std::string_view url);

/// "Name: value", with the value of a secret header as "***". "Bearer", "Basic" and the like stay, for they
/// help to find a mistake.
std::string redact_header(std::string_view name, std::string_view value);

}  // namespace dpctl::net
