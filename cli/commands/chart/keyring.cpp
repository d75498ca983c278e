#include "cli/commands/chart/keyring.hpp"

#include <filesystem>

#include "lib/base/file.hpp"

namespace dpctl::cli {

Result<source::Keyring> keyring_of(const std::string& path, Env& env) {
  std::filesystem::path file = path;
  if (path.empty()) {
    const auto gnupg = env.variable("GNUPGHOME");
    file = gnupg.empty() ? std::filesystem::path(env.variable("HOME")) / ".gnupg" / "pubring.gpg"
                         : std::filesystem::path(gnupg) / "pubring.gpg";
  }
  auto bytes = read_file(env.world().directory / file);
  if (!bytes)
    return fail(bytes.error().code, "cannot read the keyring {}", file.string())
        .because(bytes.error())
        .hint("write one with 'gpg --export >pubring.gpg', and name it with --keyring");
  return source::Keyring{.name = file.string(), .bytes = *std::move(bytes)};
}

Result<source::Verification> verify_archive(const std::string& path, const std::string& keyring, Env& env) {
  const auto file = env.world().directory / path;
  if (std::filesystem::is_directory(file))
    return fail(Code::usage, "unpacked charts cannot be verified").hint("name the .tgz");
  DPCTL_TRY(const auto archive, read_file(file));
  const auto provenance = read_file(source::provenance_name(file.string()));
  if (!provenance)
    return fail(provenance.error().code, "could not load provenance file {}", source::provenance_name(path))
        .because(provenance.error())
        .hint("fetch it from where the chart is published; a chart without one is not signed");
  DPCTL_TRY(const auto ring, keyring_of(keyring, env));
  return source::verify_provenance(archive, file.filename().string(), *provenance, ring);
}

std::string text_of(const source::Verification& verification) {
  std::string text;
  for (const auto& name : verification.signed_by) text += "Signed by: " + name + "\n";
  return text + "Using Key With Fingerprint: " + verification.fingerprint +
         "\nChart Hash Verified: " + verification.file_hash + "\n";
}

}  // namespace dpctl::cli
