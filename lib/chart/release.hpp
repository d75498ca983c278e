#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/redaction.hpp"
#include "lib/chart/render.hpp"

namespace dpctl::chart {

/// In how many pieces a record is kept, and who can read it.
struct Pieces {
  std::size_t parts = 0;   ///< Secrets beside the one that Helm knows; 0: the record is in one piece
  bool helm_reads = true;  ///< else Helm does not see the revision
  std::string digest{};    ///< SHA-256 of the parts, which is part of their names
};

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
  std::vector<SecretValue> secrets{};  ///< kept out of the record: marks stand there in their place
  Pieces pieces{};                     ///< how it was kept when it was read
  std::map<std::string, std::string> record_labels{};  ///< all of them, Helm's own too, when it was read

  [[nodiscard]] bool pending() const { return status.starts_with("pending-"); }
};

/// A record as Helm keeps it: base64(gzip(JSON)). A chart's subcharts are not part of it: their output is in
/// the manifest. What `secrets` holds is replaced by marks.
std::string encode_release(const Release& release);
/// Reads Helm 3's and 4's records; at most 256 MiB of JSON.
Result<Release> decode_release(std::string_view record);

/// "sh.helm.release.v1.web.v3"
std::string record_name(std::string_view release, int version);

/// The revisions of one release: newest last.
using History = std::vector<Release>;

/// The newest revision, and the newest that is deployed; nullptr when there is none.
const Release* last_of(const History& history);
const Release* deployed_of(const History& history);

/// The oldest revisions beyond `keep`, never the deployed one: what is forgotten. 0 keeps all.
std::vector<const Release*> excess_of(const History& history, int keep);

}  // namespace dpctl::chart
