#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/render.hpp"
#include "lib/data/json.hpp"

namespace dpctl::chart {

/// One revision of a release, as Helm keeps it.
struct Release {
  std::string name{}, ns{};
  int version = 1;
  // Times are RFC 3339; empty when not set.
  std::string first_deployed{}, last_deployed{}, deleted{};
  std::string description{};
  std::string status = "unknown";  ///< deployed, superseded, failed, uninstalled, uninstalling,
                                   ///< pending-install, -upgrade, -rollback
  std::string notes{};
  std::shared_ptr<const Chart> chart{};
  Value config = Value::map();  ///< the user's values only
  std::string manifest{};       ///< the documents that are no hooks, with their "# Source:" lines
  std::vector<Hook> hooks{};
  std::map<std::string, std::string>
      labels{};                      ///< the user's; kept as labels of the Secret, not in the record
  std::string apply_method = "ssa";  ///< "ssa" server-side apply, "csa" or empty client-side

  [[nodiscard]] bool pending() const { return status.starts_with("pending-"); }
};

/// Helm's record: base64(gzip(JSON)). A chart's subcharts are not part of it: their output is in the
/// manifest.
std::string encode_release(const Release& release);
/// Reads Helm 3's and 4's records; at most 256 MiB of JSON.
Result<Release> decode_release(std::string_view record);

/// The Secret `sh.helm.release.v1.NAME.vN` with Helm's labels. `seconds` (since 1970) becomes the label
/// createdAt, or modifiedAt when the record exists already. A record over 1 MiB is an error that says so: the
/// API server refuses such a Secret.
enum class Stored { created, modified };
Result<Json> to_secret(const Release& release, std::int64_t seconds, Stored stored = Stored::created);
Result<Release> from_secret(const Json& secret);

/// "sh.helm.release.v1.web.v3"
std::string record_name(std::string_view release, int version);

/// The outcome of one listing: newest revision last.
using History = std::vector<Release>;

/// Where releases are kept. All calls block until answered, within the deadline.
class ReleaseStore {
 public:
  virtual ~ReleaseStore() = default;
  /// Code::not_found when there is no such revision.
  virtual Result<Release> get(std::string_view name, int version, Deadline deadline, StopToken stop = {}) = 0;
  /// All revisions of one release, oldest first; empty when there is none.
  virtual Result<History> history(std::string_view name, Deadline deadline, StopToken stop = {}) = 0;
  /// The newest revision of every release; of all namespaces when the store was opened for none.
  virtual Result<std::vector<Release>> list(Deadline deadline, StopToken stop = {}) = 0;
  /// Code::conflict when the revision exists: somebody else is at work.
  virtual Result<void> create(const Release& release, Deadline deadline, StopToken stop = {}) = 0;
  virtual Result<void> update(const Release& release, Deadline deadline, StopToken stop = {}) = 0;
  virtual Result<void> remove(std::string_view name, int version, Deadline deadline, StopToken stop = {}) = 0;
};

/// The newest revision, and the newest that is deployed; nullptr when there is none.
const Release* last_of(const History& history);
const Release* deployed_of(const History& history);

/// Removes the oldest revisions until `keep` are left; never the deployed one. 0 keeps all.
Result<void> prune(ReleaseStore& store, const History& history, int keep, Deadline deadline,
                   StopToken stop = {});

/// Marks `release` deployed and whatever was deployed before superseded, in this order of writes: a crash
/// between them leaves two deployed revisions, of which the newer counts, never none.
Result<void> mark_deployed(ReleaseStore& store, const History& before, Release release, Deadline deadline,
                           StopToken stop = {});

}  // namespace dpctl::chart
