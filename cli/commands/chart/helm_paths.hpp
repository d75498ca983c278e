#pragma once

#include <filesystem>
#include <string>

#include "cli/app/env.hpp"

namespace dpctl::cli {

/// A file or folder of Helm's: the flag, below the user's folder; else the variable `own`; else `name` below
/// the variable `helm_home`, below helm/ of the variable `xdg`, or below helm/ of `below_home` in the home
/// folder.
std::filesystem::path helm_path(const Env&, const std::string& flag, const char* own, const char* helm_home,
                                const char* xdg, const char* below_home, const char* name);

}  // namespace dpctl::cli
