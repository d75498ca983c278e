#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/event.hpp"
#include "lib/base/result.hpp"
#include "lib/net/http_client.hpp"

namespace dpctl::image {

/// What an image is made of. Files are placed with fixed owner, mode and time, so that the same input gives
/// the same digest.
struct Recipe {
  struct File {
    std::filesystem::path source;  ///< on this machine; a folder stands for all that is in it, links kept
    std::string target;            ///< absolute path in the image
    unsigned mode = 0;             ///< 0: 0755 if the source is executable, else 0644
  };
  std::vector<std::filesystem::path>
      binaries{};  ///< ELF programs: placed in /usr/local/bin, with the closure of their shared libraries
  std::vector<std::string>
      opened_libraries{};  ///< names of libraries that the programs open with dlopen ("libcurl.so.4")
  std::vector<File> files{};
  std::vector<std::string> entrypoint{};
  std::vector<std::string> command{};
  std::map<std::string, std::string> environment{};
  std::map<std::string, std::string> labels{};  ///< org.opencontainers.image.*
  std::string user = "65532:65532";             ///< never root unless asked for
  std::string working_dir = "/";
  std::vector<int> ports{};
};

/// A blob and its digest ("sha256:…").
struct Blob {
  std::string media_type, digest, bytes;
};

/// The digest by which registries name bytes: "sha256:" and 64 hexadecimal digits.
std::string digest_of(std::string_view bytes);

struct Image {
  Blob manifest, config;
  std::vector<Blob> layers;
  [[nodiscard]] const std::string& digest() const { return manifest.digest; }
};

/// Builds in memory. Libraries in one layer (shared between services), programs and files in another. The
/// image has /tmp, a user named `nonroot` (65532) and nothing else that is not asked for: no shell, no
/// package manager. Errors name the file: a program that is not ELF (Code::usage), a shared library that is
/// missing (Code::not_found), programs of two architectures.
Result<Image> build(const Recipe&);

/// Writes an OCI archive (image-layout tar) that `ctr images import` and `skopeo` read.
Result<void> write_archive(const Image&, std::string_view name, const std::filesystem::path&);

/// "host:port/path:tag" or "host/path@sha256:…"; docker.io rules for short names are not applied: a registry
/// host is required.
struct Reference {
  std::string registry, repository, tag, digest;
};
Result<Reference> parse_reference(std::string_view text);

struct RegistryOptions {
  bool plain_http = false;  ///< also chosen for loopback and when the server answers TLS with plain HTTP
  std::string username{}, password{};
  net::ClientOptions http{};
  std::size_t chunk_bytes = 8U << 20U;
  bool require_tls = false;  ///< a registry without TLS is refused unless plain_http asks for it
  std::int64_t max_blob_bytes = std::int64_t{4} << 30U;  ///< a manifest that names a larger one is refused
};

/// A registry that speaks the OCI distribution protocol 1.1.
class Registry {
 public:
  Registry(std::string host, RegistryOptions);
  ~Registry();
  /// Blobs that exist are skipped; the others go up in chunks and are resumed where a connection broke.
  /// Returns the digest.
  Result<std::string> push(const Image&, const Reference&, Deadline, StopToken, EventSink&);
  /// Digest of a tag; Code::not_found when there is none.
  Result<std::string> resolve(const Reference&, Deadline, StopToken);
  /// Manifest, config and layers; each checked against its digest.
  Result<Image> pull(const Reference&, Deadline, StopToken);
  /// The same for what is no image: an artifact whose configuration has the media type `config_type`, and
  /// of its layers only those of the types in `layer_types`. Code::failed when it is another artifact.
  Result<Image> pull_artifact(const Reference&, std::string_view config_type,
                              std::span<const std::string_view> layer_types, Deadline, StopToken);
  /// Does the registry speak the protocol, and take the credentials? Code::denied when it does not take them.
  Result<void> ping(Deadline, StopToken);
  /// The tags of a repository, in the registry's order, all pages of the list; at most 100,000.
  Result<std::vector<std::string>> tags(const std::string& repository, Deadline, StopToken);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::image
