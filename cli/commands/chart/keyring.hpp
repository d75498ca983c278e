#pragma once

#include <string>

#include "cli/app/env.hpp"
#include "lib/source/provenance.hpp"

namespace dpctl::cli {

/// The keyring that --keyring names; without one, pubring.gpg of GNUPGHOME or ~/.gnupg.
Result<source::Keyring> keyring_of(const std::string& path, Env& env);

/// Checks the archive at `path` against the .prov file beside it.
Result<source::Verification> verify_archive(const std::string& path, const std::string& keyring, Env& env);

/// Helm's words for a verified chart.
std::string text_of(const source::Verification& verification);

}  // namespace dpctl::cli
