#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "lib/base/encoding.hpp"
#include "lib/data/json.hpp"
#include "lib/image/image.hpp"
#include "lib/image/media_types.hpp"
#include "lib/image/upload.hpp"

namespace dpctl::image {
namespace {

constexpr std::size_t kMaxManifest =
    4U << 20U;  // distribution-spec 1.1: registries should take at least this much
constexpr std::size_t kMaxTags = 100'000;

net::Headers accept_manifests() {
  return {{"Accept",
           fmt::format("{}, {}, {}, {}", kManifestType, kIndexType, kDockerManifestType, kDockerListType)}};
}

std::string manifest_path(const Reference& reference) {
  return fmt::format("/v2/{}/manifests/{}", reference.repository,
                     reference.digest.empty() ? reference.tag : reference.digest);
}

std::string name_of(const Reference& reference) {
  return fmt::format("{}/{}{}", reference.registry, reference.repository,
                     reference.digest.empty() ? ":" + reference.tag : "@" + reference.digest);
}

std::string in_words(std::size_t bytes) {
  return bytes < (1U << 20U) ? fmt::format("{} KiB", (bytes + 1023) >> 10U)
                             : fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1U << 20U));
}

std::string_view text_of(UploadOutcome outcome) {
  switch (outcome) {
    case UploadOutcome::existed: return "already there";
    case UploadOutcome::mounted: return "shared from another repository";
    case UploadOutcome::uploaded: return "uploaded";
  }
  return "";
}

struct Descriptor {
  std::string media_type, digest;
  std::int64_t size = -1;
};

Result<Descriptor> read_descriptor(const Json& value, const Reference& reference, std::int64_t max_bytes) {
  Descriptor descriptor{string_at(value, "mediaType"), string_at(value, "digest"), int_at(value, "size", -1)};
  if (!descriptor.digest.starts_with("sha256:") || descriptor.digest.size() != 71 || descriptor.size < 0 ||
      descriptor.size > max_bytes)
    return fail(Code::failed,
                "the manifest of {} names a blob without a sha256 digest or with an impossible size",
                name_of(reference));
  return descriptor;
}

}  // namespace

struct Registry::State {
  State(std::string host, RegistryOptions given)
      : chunk_bytes(given.chunk_bytes),
        max_blob_bytes(given.max_blob_bytes),
        session(std::move(host), std::move(given)) {}

  std::size_t chunk_bytes;
  std::int64_t max_blob_bytes;
  Session session;
  std::map<std::string, std::string> repository_of;  ///< blobs this object has seen in the registry → where

  Result<net::Response> get_manifest(const Reference& reference, std::string_view method, Deadline deadline,
                                     StopToken stop) {
    net::Request request{.method = std::string(method),
                         .url = manifest_path(reference),
                         .headers = accept_manifests(),
                         .max_response_bytes = kMaxManifest};
    DPCTL_TRY(auto response, session.send(std::move(request), deadline, std::move(stop)));
    if (response.status == 404)
      return fail(Code::not_found, "no image {}", name_of(reference)).hint("push it first, or check the tag");
    if (response.status != 200)
      return fail(Code::failed, "cannot read the manifest of {}: {}", name_of(reference), explain(response));
    return response;
  }

  /// The manifest's bytes, checked: against the digest asked for, else against the one the server claims.
  Result<Blob> manifest(const Reference& reference, Deadline deadline, StopToken stop) {
    DPCTL_TRY(auto response, get_manifest(reference, "GET", deadline, std::move(stop)));
    Blob blob{.media_type = {}, .digest = digest_of(response.body), .bytes = std::move(response.body)};
    if (const auto* type = response.headers.find("Content-Type")) blob.media_type = *type;
    std::string expected = reference.digest;
    if (const auto* claimed = response.headers.find("Docker-Content-Digest");
        claimed != nullptr && expected.empty())
      expected = *claimed;
    if (!expected.empty() && expected != blob.digest)
      return fail(Code::failed, "the manifest of {} is not what its digest says: expected {}, got {}",
                  name_of(reference), expected, blob.digest)
          .hint("do not use this image; ask who runs the registry {}", reference.registry);
    return blob;
  }

  Result<Blob> blob(const Reference& reference, const Descriptor& wanted, Deadline deadline, StopToken stop) {
    net::Request request{.url = fmt::format("/v2/{}/blobs/{}", reference.repository, wanted.digest),
                         .max_response_bytes = static_cast<std::size_t>(wanted.size)};
    DPCTL_TRY(auto response, session.send(std::move(request), deadline, std::move(stop)));
    if (response.status != 200)
      return fail(response.status == 404 ? Code::not_found : Code::failed,
                  "cannot read the blob {} of {}: {}", wanted.digest, name_of(reference), explain(response));
    const auto digest = digest_of(response.body);
    if (digest != wanted.digest)
      return fail(Code::failed, "a blob of {} is not what its digest says: expected {}, got {}",
                  name_of(reference), wanted.digest, digest)
          .hint("do not use this image; ask who runs the registry {}", reference.registry);
    return Blob{.media_type = wanted.media_type, .digest = digest, .bytes = std::move(response.body)};
  }

  Result<void> push_blob(const Blob& blob, const Reference& to, Deadline deadline, const StopToken& stop,
                         EventSink& events) {
    const std::string parent = "push/" + name_of(to);
    const std::string id = parent + "/" + blob.digest.substr(7, 12);
    events.emit(
        {.kind = Event::Kind::started, .id = id, .parent = parent, .text = in_words(blob.bytes.size())});
    UploadOptions options{.repository = to.repository, .chunk_bytes = chunk_bytes};
    if (const auto it = repository_of.find(blob.digest);
        it != repository_of.end() && it->second != to.repository)
      options.mount_from = it->second;
    const auto outcome = upload_blob(session, blob, options, deadline, stop);
    if (!outcome) {
      events.emit({.kind = Event::Kind::failed, .id = id, .parent = parent, .text = outcome.error().what});
      return fail(outcome.error());
    }
    repository_of.emplace(blob.digest, to.repository);
    events.emit(
        {.kind = Event::Kind::done, .id = id, .parent = parent, .text = std::string(text_of(*outcome))});
    return {};
  }
};

Registry::Registry(std::string host, RegistryOptions options)
    : state_(std::make_unique<State>(std::move(host), std::move(options))) {}
Registry::~Registry() = default;

Result<std::string> Registry::push(const Image& image, const Reference& to, Deadline deadline, StopToken stop,
                                   EventSink& events) {
  for (const auto& layer : image.layers) DPCTL_CHECK(state_->push_blob(layer, to, deadline, stop, events));
  DPCTL_CHECK(state_->push_blob(image.config, to, deadline, stop, events));
  net::Request request{
      .method = "PUT",
      .url = fmt::format("/v2/{}/manifests/{}", to.repository, to.tag.empty() ? image.digest() : to.tag),
      .headers = {{"Content-Type", image.manifest.media_type}},
      .body = image.manifest.bytes};
  DPCTL_TRY(const auto response, state_->session.send(std::move(request), deadline, stop));
  if (response.status != 201)
    return fail(Code::failed, "the registry {} did not take the manifest of {}: {}", to.registry, name_of(to),
                explain(response));
  const std::string* digest = response.headers.find("Docker-Content-Digest");
  if (digest != nullptr && *digest != image.digest())
    return fail(Code::failed, "the registry {} stored {} under another digest: sent {}, got {}", to.registry,
                name_of(to), image.digest(), *digest)
        .hint("the bytes changed on their way; push again");
  return image.digest();
}

Result<std::string> Registry::resolve(const Reference& reference, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto response, state_->get_manifest(reference, "HEAD", deadline, stop));
  if (const auto* digest = response.headers.find("Docker-Content-Digest");
      digest != nullptr && digest->starts_with("sha256:"))
    return *digest;
  DPCTL_TRY(const auto manifest, state_->manifest(reference, deadline, std::move(stop)));
  return manifest.digest;
}

Result<Image> Registry::pull(const Reference& reference, Deadline deadline, StopToken stop) {
  DPCTL_TRY(auto blob, state_->manifest(reference, deadline, stop));
  DPCTL_TRY(auto manifest, parse_json(blob.bytes, name_of(reference), {.depth = 32, .bytes = kMaxManifest}));
  if (find(manifest, "manifests") != nullptr) {
    Reference chosen = reference;
    chosen.digest.clear();
    for (const auto& entry : array_at(manifest, "manifests"))
      if (chosen.digest.empty() && string_at(entry, "platform.os") == "linux" &&
          string_at(entry, "platform.architecture") == kOwnArchitecture)
        chosen.digest = string_at(entry, "digest");
    if (chosen.digest.empty())
      return fail(Code::not_found, "{} has no image for linux/{}", name_of(reference), kOwnArchitecture);
    DPCTL_TRY(blob, state_->manifest(chosen, deadline, stop));
    DPCTL_TRY(manifest, parse_json(blob.bytes, name_of(chosen), {.depth = 32, .bytes = kMaxManifest}));
  }
  Image image;
  image.manifest = std::move(blob);
  DPCTL_TRY(const auto config,
            read_descriptor(object_at(manifest, "config"), reference, state_->max_blob_bytes));
  DPCTL_TRY(image.config, state_->blob(reference, config, deadline, stop));
  for (const auto& entry : array_at(manifest, "layers")) {
    DPCTL_TRY(const auto wanted, read_descriptor(entry, reference, state_->max_blob_bytes));
    DPCTL_TRY(auto layer, state_->blob(reference, wanted, deadline, stop));
    image.layers.push_back(std::move(layer));
  }
  return image;
}

Result<Image> Registry::pull_artifact(const Reference& reference, std::string_view config_type,
                                      std::span<const std::string_view> layer_types, Deadline deadline,
                                      StopToken stop) {
  Image image;
  DPCTL_TRY(image.manifest, state_->manifest(reference, deadline, stop));
  DPCTL_TRY(const auto manifest,
            parse_json(image.manifest.bytes, name_of(reference), {.depth = 32, .bytes = kMaxManifest}));
  if (const auto type = string_at(manifest, "config.mediaType"); type != config_type)
    return fail(Code::failed, "{} is no artifact of the type {}: its configuration is {}", name_of(reference),
                config_type, type.empty() ? "not named" : "of the type " + type);
  DPCTL_TRY(const auto config,
            read_descriptor(object_at(manifest, "config"), reference, state_->max_blob_bytes));
  DPCTL_TRY(image.config, state_->blob(reference, config, deadline, stop));
  for (const auto& entry : array_at(manifest, "layers")) {
    const auto type = string_at(entry, "mediaType");
    if (std::find(layer_types.begin(), layer_types.end(), type) == layer_types.end()) continue;
    DPCTL_TRY(const auto wanted, read_descriptor(entry, reference, state_->max_blob_bytes));
    DPCTL_TRY(auto layer, state_->blob(reference, wanted, deadline, stop));
    image.layers.push_back(std::move(layer));
  }
  return image;
}

Result<void> Registry::ping(Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto response, state_->session.send({.url = "/v2/", .max_response_bytes = kMaxManifest},
                                                      deadline, std::move(stop)));
  if (response.status == 200) return {};
  return fail(Code::failed, "{} does not answer as a registry: {}", state_->session.host(),
              explain(response));
}

Result<std::vector<std::string>> Registry::tags(const std::string& repository, Deadline deadline,
                                                StopToken stop) {
  std::vector<std::string> tags;
  std::string url = fmt::format("/v2/{}/tags/list", repository);
  while (!url.empty()) {
    DPCTL_TRY(const auto response,
              state_->session.send({.url = url, .max_response_bytes = kMaxManifest}, deadline, stop));
    if (response.status != 200)
      return fail(response.status == 404 ? Code::not_found : Code::failed,
                  "cannot list the tags of {}/{}: {}", state_->session.host(), repository, explain(response));
    DPCTL_TRY(const auto page, parse_json(response.body, "tags/list", {.depth = 8, .bytes = kMaxManifest}));
    const auto before = tags.size();
    for (const auto& tag : array_at(page, "tags"))
      if (tag.is_string()) tags.push_back(tag.get<std::string>());
    if (tags.size() > kMaxTags)
      return fail(Code::failed, "{}/{} has more than {} tags", state_->session.host(), repository, kMaxTags);
    // distribution-spec 1.1, "listing tags": the next page stands in Link, as <address>; rel="next". A page
    // without tags leads nowhere.
    const auto* link = response.headers.find("Link");
    const auto end = link == nullptr ? std::string::npos : link->find('>');
    const bool more = end != std::string::npos && link->starts_with('<') && tags.size() > before;
    url = more ? absolute(url, std::string_view(*link).substr(1, end - 1)) : std::string();
  }
  return tags;
}

}  // namespace dpctl::image
