#pragma once

#include <span>
#include <string>

#include "cli/app/env.hpp"

namespace dpctl::cli {

/// Answers cobra's hidden protocol: candidates as "value<TAB>description", one a line, then ":N" with the
/// directive bits (1 error, 2 no space, 4 no file names). The last argument is the word under the cursor and
/// may be empty. Never fails, never prompts.
std::string complete_words(Env& env, std::span<const std::string> arguments);

}  // namespace dpctl::cli
