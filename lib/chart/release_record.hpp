#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/chart/release.hpp"
#include "lib/data/json.hpp"
#include "lib/kube/payload.hpp"

namespace dpctl::chart {

/// A release record as it is kept in a cluster.
///
/// What fits into one Secret (or ConfigMap) is exactly Helm's record. What does not is a head, with Helm's name
/// and labels, and parts beside it, which Helm's selectors do not find. The chart's templates and files move
/// to the parts first: then the head is still a record that Helm reads. When that is not enough, all that is
/// long moves, and the head stands under a key that Helm does not look at.
struct Record {
  std::string head{};                ///< base64(gzip(JSON))
  bool helm_reads = true;
  std::vector<std::string> parts{};  ///< pieces of gzip(JSON of what the head lacks)
  std::string digest{};              ///< SHA-256 of the parts together; empty when there are none

  [[nodiscard]] Pieces pieces() const { return {parts.size(), helm_reads, digest}; }
};

/// An error when it would not even fit into parts (64 of them).
Result<Record> make_record(const Release&);

/// The head as an object to write. `seconds` (since 1970) becomes Helm's label createdAt, or modifiedAt when the
/// record exists already.
enum class Written { created, modified };
Json head_object(const Release&, const Record&, kube::PayloadKind, std::int64_t seconds, Written);
/// The parts as objects to write, immutable, in the order of Record::parts.
std::vector<Json> part_objects(const Release&, const Record&, kube::PayloadKind);

/// What a head says about its parts.
Pieces pieces_of(const kube::Payload& head);
/// The names of its parts; the digest is part of them, so that parts of two attempts never mix.
std::vector<std::string> part_names(std::string_view release, int version, const Pieces&);
/// Selects the parts of one release, whatever their revision.
std::string part_selector(std::string_view release);

/// A release out of its head and, in their order, its parts. Errors name the Secret: no record, no JSON, cut
/// short, a part that does not belong to it.
Result<Release> read_record(const kube::Payload& head, const std::vector<std::string>& parts,
                            kube::PayloadKind);

/// The bytes of Helm's record in a head: under Helm's key or under ours; empty when there are none.
std::string_view record_text(const kube::Payload& head);
/// The revision that the labels name; 0 when they name none.
int version_of(const kube::Payload& head);

}  // namespace dpctl::chart
