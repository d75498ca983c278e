#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/source/oci.hpp"
#include "lib/source/repositories.hpp"

namespace dpctl::source {

/// A chart that lies in a repository or a registry, as a person names it:
///   web, with `repository.url`   a chart of the repository at that address
///   stable/web                   a chart of a repository that was added under that name
///   https://host/web-1.0.0.tgz   an archive
///   oci://host/charts/web        a chart of a registry
struct ChartRequest {
  std::string reference;
  std::string version{};  ///< exact, or a range; empty: the newest release
  bool devel = false;     ///< pre-releases count
  Repository
      repository{};  ///< address (--repo) and credentials of this request; those given win over those kept
  bool provenance = false;  ///< fetch the signature too; Code::not_found when there is none
};

/// Where Helm keeps its files, and how to reach the network.
struct Remotes {
  std::filesystem::path repositories;  ///< repositories.yaml
  std::filesystem::path cache;         ///< folder of the downloaded indexes
  RegistryAccess registry{};
  Deadline deadline = Deadline::never();
  StopToken stop{};
};

struct RemoteChart {
  std::string file;     ///< "web-1.2.3.tgz"
  std::string bytes;    ///< of the archive
  std::string version;  ///< empty when only an address was given
  std::string provenance{};
  std::string reference{}, digest{};  ///< of a chart in a registry
};

/// Is it named as one of the above? A path that exists is the caller's to prefer.
bool is_remote(const ChartRequest& request);

/// Blocks while it downloads. An archive that has not the digest of its index is Code::failed. Safe to call
/// on several threads.
Result<RemoteChart> fetch_chart(const ChartRequest& request, const Remotes& remotes);

}  // namespace dpctl::source
