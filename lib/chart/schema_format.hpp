#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dpctl::chart {

/// Why a text is not of a `format` of JSON schema; nothing when it is, or when the format is not checked
/// (checked are ipv4, hostname, email and regex).
std::optional<std::string> format_problem(std::string_view format, const std::string& text);

}  // namespace dpctl::chart
