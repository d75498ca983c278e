#pragma once

#include <string>
#include <string_view>

#include "cli/app/env.hpp"
#include "lib/base/error.hpp"

namespace dpctl::cli {

/// An error for a person: what, where with the source line and a caret, why (the chain of causes), what to do
/// next.
std::string error_text(const Error& error, const Terminal& terminal);

/// {"error":{"code","message","causes","hints","retryable"}} as JSON or YAML.
std::string error_document(const Error& error, std::string_view format);

}  // namespace dpctl::cli
