#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/event.hpp"
#include "lib/base/result.hpp"
#include "lib/image/image.hpp"

namespace dpctl::source {

/// How to reach registries, and who we are there.
struct RegistryAccess {
  /// A file with `auths:` (Docker's and Helm's config.json). The first that knows a host wins; helpers that
  /// it names are not run.
  struct Logins {
    std::string name, text;
  };
  std::string username{}, password{};  ///< win over `logins`
  std::vector<Logins> logins{};
  bool plain_http = false;
  net::ClientOptions http{};
};

/// A chart as a registry holds it.
struct RegistryChart {
  std::string bytes{};       ///< the .tgz
  std::string provenance{};  ///< its signature; empty when there is none
  std::string name;          ///< last part of the repository
  std::string reference;     ///< "host/path/name:tag", the tag as the registry has it
  std::string digest;        ///< of the manifest
  std::string version{};     ///< of the chart, as its configuration says
};

/// Is it "oci://…"?
bool is_oci(std::string_view reference);

/// Fetches "oci://host/path/name[:tag][@digest]". `version` is empty (the tag, or the newest release), a
/// version, or a range of which the newest tag wins. Tags cannot have '+': the registry has '_' in its place.
/// Manifest and blobs are checked against their digests and sizes. Code::not_found when there is no such
/// chart or version; Code::failed when the registry gives other bytes than it names.
Result<RegistryChart> pull_chart(std::string_view reference, const std::string& version,
                                 const RegistryAccess&, Deadline, StopToken);

/// Do the credentials of `access` open the registry "host[:port]"? Logins that are kept are not looked at.
Result<void> check_login(const std::string& host, const RegistryAccess& access, Deadline, StopToken);

/// The versions of a chart in a registry, newest first: its tags that are semantic versions.
Result<std::vector<std::string>> chart_versions(std::string_view reference, const RegistryAccess&, Deadline,
                                                StopToken);

/// What to push. The manifest depends on nothing else, so that the same archive has the same digest.
struct ChartUpload {
  std::string archive;       ///< bytes of the .tgz
  std::string archive_name;  ///< for errors
  std::string provenance{};  ///< pushed beside it when not empty
  std::string created;       ///< RFC 3339, for the manifest's annotations
};

/// Uploads to "oci://host/path": the chart's name and version make repository and tag. `bytes` of the result
/// stay empty.
Result<RegistryChart> push_chart(const ChartUpload&, std::string_view to, const RegistryAccess&, Deadline,
                                 StopToken, EventSink&);

}  // namespace dpctl::source
