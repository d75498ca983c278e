#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::source {

/// What the signature of a chart said.
struct Verification {
  std::vector<std::string> signed_by{};  ///< "Jo Doe <jo@example.org>", one for each identity of the key
  std::string fingerprint;               ///< of the primary key, upper-case hexadecimal
  std::string file_hash;                 ///< "sha256:…" of the archive
};

/// A keyring in memory: OpenPGP packets, binary or armored, or GnuPG's keybox. `name` appears in errors.
struct Keyring {
  std::string name, bytes;
};

/// The file beside the archive: "web-1.0.0.tgz.prov".
std::string provenance_name(std::string_view archive_name);

/// Checks an archive against its provenance file (Helm's: a clear-signed text of Chart.yaml, "...", and
/// `files:` with the sha256 of each archive). Only what the signature covers is read. Code::denied when no
/// key of the ring made the signature, when the text was altered, or when the archive is not the one that
/// was signed; Code::usage for a file that is no provenance file or a ring without keys.
Result<Verification> verify_provenance(std::string_view archive, std::string_view archive_name,
                                       std::string_view provenance, const Keyring& keyring);

/// Which key signs. `key` is a part of its identity; the whole identity wins.
struct SigningKey {
  Keyring keyring;
  std::string key;
  std::string passphrase{};
};

/// The provenance file of an archive. `metadata_yaml` is its Chart.yaml. Code::not_found when the ring has no
/// such key, Code::usage when the name fits more than one, Code::denied for a wrong passphrase.
Result<std::string> sign_provenance(std::string_view archive, std::string_view archive_name,
                                    std::string_view metadata_yaml, const SigningKey& key);

}  // namespace dpctl::source
