#pragma once

#include <string_view>

namespace dpctl::image {

// OCI image-spec 1.1, media-types.md.
inline constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kConfigType = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
// What other tools push; read, never written.
inline constexpr std::string_view kDockerManifestType =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerListType =
    "application/vnd.docker.distribution.manifest.list.v2+json";

#if defined(__aarch64__)
inline constexpr std::string_view kOwnArchitecture = "arm64";
#else
inline constexpr std::string_view kOwnArchitecture = "amd64";
#endif

inline constexpr std::string_view kEpoch = "1970-01-01T00:00:00Z";

}  // namespace dpctl::image
