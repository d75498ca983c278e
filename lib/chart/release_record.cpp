// How a release record lies in Secrets or ConfigMaps.
//
// The API server takes a megabyte in one of them. Helm gives up there (helm/helm#6711); here the record is split.
// The head is written last and is what makes a revision exist; parts without a head mean nothing, and a head
// names its parts by the digest of all of them, so that a write that ended in the middle is never half read.
#include "lib/chart/release_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/chart/release_json.hpp"
#include "lib/data/gzip.hpp"

namespace dpctl::chart {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20U;  // of all data of a Secret or a ConfigMap
constexpr std::size_t kPartBytes = 1'000'000;
constexpr std::size_t kMostParts = 64;
constexpr std::string_view kHelmsKey = "release", kHeadKey = "head", kPartKey = "part";
constexpr std::string_view kPartsNote = "dpctl/record-parts", kDigestNote = "dpctl/record-sha256";
constexpr std::string_view kPartLabel = "dpctl/record-part-of";

bool is_system_label(std::string_view key) {
  return key == "name" || key == "owner" || key == "status" || key == "version" || key == "createdAt" ||
         key == "modifiedAt";
}

/// Moves the named members of `from` to those of `to` below `place` ("": to itself).
void move_members(Json& from, Json& to, const char* place, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (const auto found = from.find(key); found != from.end()) {
      (*place == '\0' ? to : to[place])[key] = std::move(*found);
      from.erase(found);
    }
}

/// Helm's record without the bodies of the chart.
Json without_files(Json& json) {
  Json moved = Json::object();
  if (json.contains("chart")) move_members(json["chart"], moved, "chart", {"templates", "files"});
  return moved;
}

/// What a list shows, without all that is long.
void without_the_rest(Json& json, Json& moved) {
  if (json.contains("chart")) move_members(json["chart"], moved, "chart", {"values", "schema", "lock"});
  move_members(json["info"], moved, "info", {"notes"});
  move_members(json, moved, "", {"manifest", "hooks", "config"});
}

Json metadata_of(const Release& release, std::string name) {
  return {{"name", std::move(name)}, {"namespace", release.ns}};
}

Json object_with(kube::PayloadKind kind, Json metadata) {
  Json object{{"apiVersion", "v1"}, {"kind", kube::name_of(kind)}, {"metadata", std::move(metadata)}};
  return object;
}

int number_in(const kube::Payload::Texts& texts, std::string_view key) {
  const auto found = texts.find(key);
  int value = 0;
  if (found != texts.end())
    (void)std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

Failure unreadable(const kube::Payload& head, kube::PayloadKind kind, Error cause) {
  return fail(Code::failed, "the release record in {} {}/{} cannot be read",
              kind == kube::PayloadKind::secret ? "secret" : "configmap", head.ns, head.name)
      .because(std::move(cause))
      .hint("restore it from a backup, or delete it: the other revisions stay readable");
}

/// What the head lacks, where it was.
void put_back(const Json& rest, Json& into) {
  for (const auto& [key, value] : rest.items()) {
    Json& place = into[key];
    if (value.is_object() && place.is_object())
      put_back(value, place);
    else
      place = value;
  }
}

Result<Json> whole_record(const kube::Payload& head, const std::vector<std::string>& parts) {
  const auto text = record_text(head);
  if (text.empty()) return fail(Code::failed, "it holds none");
  DPCTL_TRY(auto json, unpack_release(text));
  if (parts.empty()) return json;
  std::string packed;
  for (const auto& part : parts) packed += part;
  if (sha256_hex(packed) != pieces_of(head).digest)
    return fail(Code::failed, "its {} parts are not those that it was written with", parts.size());
  DPCTL_TRY(const auto bytes, gunzip(packed, kMaxReleaseJson, "a release record"));
  DPCTL_TRY(const auto rest, parse_json(bytes, "release record"));
  if (!json.is_object() || !rest.is_object()) return fail(Code::failed, "it is no JSON object");
  put_back(rest, json);
  return json;
}

}  // namespace

Result<Record> make_record(const Release& release) {
  auto json = release_json(release);
  Record record{.head = pack_release(json)};
  if (record.head.size() <= kMostBytes) return record;
  Json moved = without_files(json);
  record.head = pack_release(json);
  if (record.head.size() > kMostBytes) {
    without_the_rest(json, moved);
    record.head = pack_release(json);
    record.helm_reads = false;
  }
  const auto packed = gzip(dump_json(moved), 9);
  record.digest = sha256_hex(packed);
  for (std::size_t at = 0; at < packed.size(); at += kPartBytes)
    record.parts.push_back(packed.substr(at, kPartBytes));
  if (record.parts.size() > kMostParts || record.head.size() > kMostBytes)
    return fail(Code::failed, "the record of release {} takes {} bytes, more than {} Secrets hold", release.name,
                packed.size(), kMostParts)
        .hint("take large files out of the chart, or name them in .helmignore");
  return record;
}

Json head_object(const Release& release, const Record& record, kube::PayloadKind kind, std::int64_t seconds,
                 Written written) {
  Json metadata = metadata_of(release, record_name(release.name, release.version));
  Json& labels = metadata["labels"] = Json::object();
  for (const auto& [key, value] : release.labels)
    if (!is_system_label(key)) labels[key] = value;
  labels["name"] = release.name;
  labels["owner"] = "helm";
  labels["status"] = release.status;
  labels["version"] = std::to_string(release.version);
  labels[written == Written::created ? "createdAt" : "modifiedAt"] = std::to_string(seconds);
  if (!record.parts.empty())
    metadata["annotations"] = {{kPartsNote, std::to_string(record.parts.size())},
                               {kDigestNote, record.digest}};
  Json object = object_with(kind, std::move(metadata));
  const std::string key(record.helm_reads ? kHelmsKey : kHeadKey);
  const bool secret = kind == kube::PayloadKind::secret;
  if (secret) object["type"] = "helm.sh/release.v1";
  object["data"][key] = secret ? base64_encode(record.head) : record.head;
  return object;
}

std::vector<Json> part_objects(const Release& release, const Record& record, kube::PayloadKind kind) {
  const auto names = part_names(release.name, release.version, record.pieces());
  std::vector<Json> objects;
  for (std::size_t i = 0; i < record.parts.size(); ++i) {
    Json metadata = metadata_of(release, names[i]);
    metadata["labels"] = {{kPartLabel, release.name}, {"version", std::to_string(release.version)}};
    Json object = object_with(kind, std::move(metadata));
    object["immutable"] = true;
    const bool secret = kind == kube::PayloadKind::secret;
    if (secret) object["type"] = "dpctl/release-part";
    object[secret ? "data" : "binaryData"][std::string(kPartKey)] = base64_encode(record.parts[i]);
    objects.push_back(std::move(object));
  }
  return objects;
}

Pieces pieces_of(const kube::Payload& head) {
  Pieces pieces{.helm_reads = !head.data.contains(kHeadKey)};
  const auto digest = head.annotations.find(kDigestNote);
  const auto count = number_in(head.annotations, kPartsNote);
  if (digest == head.annotations.end() || count <= 0) return pieces;
  pieces.parts = std::min(static_cast<std::size_t>(count), kMostParts);
  pieces.digest = digest->second;
  return pieces;
}

std::vector<std::string> part_names(std::string_view release, int version, const Pieces& pieces) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < pieces.parts; ++i)
    names.push_back(fmt::format("{}.part-{}-{}", record_name(release, version), pieces.digest.substr(0, 16), i + 1));
  return names;
}

std::string part_selector(std::string_view release) { return fmt::format("{}={}", kPartLabel, release); }

std::string_view record_text(const kube::Payload& head) {
  for (const auto key : {kHelmsKey, kHeadKey})
    if (const auto found = head.data.find(key); found != head.data.end()) return found->second;
  return {};
}

int version_of(const kube::Payload& head) { return number_in(head.labels, "version"); }

Result<Release> read_record(const kube::Payload& head, const std::vector<std::string>& parts,
                            kube::PayloadKind kind) {
  auto release = whole_record(head, parts).and_then(release_of);
  if (!release) return unreadable(head, kind, std::move(release).error());
  for (const auto& [key, value] : head.labels)
    if (!is_system_label(key)) release->labels[key] = value;
  release->record_labels = {head.labels.begin(), head.labels.end()};
  if (release->ns.empty()) release->ns = head.ns;
  release->pieces = pieces_of(head);
  return release;
}

}  // namespace dpctl::chart
