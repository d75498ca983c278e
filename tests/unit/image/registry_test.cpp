#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "http_peer.hpp"
#include "lib/base/encoding.hpp"
#include "lib/data/json.hpp"
#include "lib/image/image.hpp"

using namespace dpctl;
using namespace dpctl::image;
using test::HttpPeer;

namespace {

Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

Blob blob_of(std::string type, std::string bytes) {
  std::string digest = "sha256:" + sha256_hex(bytes);
  return {.media_type = std::move(type), .digest = std::move(digest), .bytes = std::move(bytes)};
}

/// A small image: one layer of `size` bytes.
Image small_image(std::size_t size, char seed = 'a') {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(seed + static_cast<char>(i * 31 % 64));
  Image image;
  image.layers.push_back(blob_of("application/vnd.oci.image.layer.v1.tar+gzip", std::move(bytes)));
  image.config = blob_of("application/vnd.oci.image.config.v1+json", "{}");
  const auto descriptor = [](const Blob& blob) {
    return Json{{"mediaType", blob.media_type}, {"digest", blob.digest}, {"size", blob.bytes.size()}};
  };
  const Json manifest{{"schemaVersion", 2},
                      {"config", descriptor(image.config)},
                      {"layers", Json::array({descriptor(image.layers[0])})}};
  image.manifest = blob_of("application/vnd.oci.image.manifest.v1+json", dump_json(manifest));
  return image;
}

/// The server's half of the distribution protocol in memory, with a place for each fault that the tests need.
struct Store {
  std::map<std::string, std::string> blobs, manifests, uploads;
  int next = 0;
  int cut_patches = 0;  ///< break this many PATCHes after `cut_at` bytes, keeping what came
  std::size_t cut_at = 100;
  bool chunks = true;      ///< false: PATCH is answered with 405
  int forget_uploads = 0;  ///< answer this many PATCHes with 404
  bool lies = false;       ///< claims another digest for a blob
  bool corrupts = false;   ///< serves other bytes for a blob

  [[nodiscard]] std::optional<std::size_t> cut(const HttpPeer::Request& request) const {
    return request.method == "PATCH" && cut_patches > 0 ? std::optional(cut_at) : std::nullopt;
  }

  static HttpPeer::Reply accepted(const std::string& path, const std::string& bytes, int status) {
    return {.status = status,
            .headers = {{"Location", path},
                        {"Range", "0-" + std::to_string(bytes.empty() ? 0 : bytes.size() - 1)}}};
  }

  HttpPeer::Reply upload(const HttpPeer::Request& request) {
    const auto it = uploads.find(request.path);
    if (it == uploads.end()) return {.status = 404, .body = R"({"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]})"};
    if (request.method == "GET") return accepted(request.path, it->second, 204);
    if (request.method == "PATCH") {
      if (!chunks) return {.status = 405};
      if (forget_uploads > 0) {
        --forget_uploads;
        uploads.erase(it);
        return {.status = 404};
      }
      if (request.headers.at("content-range").substr(0, request.headers.at("content-range").find('-')) !=
          std::to_string(it->second.size()))
        return {.status = 416};
      it->second += request.body;
      if (!request.complete) --cut_patches;
      return accepted(request.path, it->second, 202);
    }
    const std::string bytes = it->second + request.body;
    uploads.erase(it);
    const std::string digest = "sha256:" + sha256_hex(bytes);
    if (request.query != "digest=" + percent_encode(digest))
      return {.status = 400, .body = R"({"errors":[{"code":"DIGEST_INVALID"}]})"};
    blobs[digest] = bytes;
    return {.status = 201,
            .headers = {{"Docker-Content-Digest", lies ? "sha256:" + std::string(64, '0') : digest}}};
  }

  HttpPeer::Reply operator()(const HttpPeer::Request& request) {
    const auto last = request.path.substr(request.path.rfind('/') + 1);
    if (request.path.find("/uploads/") != std::string::npos) {
      if (request.method != "POST") return upload(request);
      if (request.query.starts_with("mount=")) {
        for (const auto& [digest, bytes] : blobs)
          if (request.query.starts_with("mount=" + percent_encode(digest) + "&")) return {.status = 201};
      }
      const std::string path = request.path + std::to_string(++next);
      uploads[path] = "";
      return accepted(path, "", 202);
    }
    if (request.path.find("/blobs/") != std::string::npos) {
      // Each repository has its own view of blobs, as real registries have.
      if (request.path.starts_with("/v2/other/") && !mounted.contains(last))
        return mounted.insert(last), HttpPeer::Reply{.status = 404};
      if (!blobs.contains(last)) return {.status = 404};
      const std::string& bytes = blobs[last];
      return {.body = corrupts ? std::string(bytes.rbegin(), bytes.rend()) : bytes};
    }
    if (request.method == "PUT") {
      manifests[last] = request.body;
      return {.status = 201};
    }
    if (!manifests.contains(last))
      return {.status = 404, .body = R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})"};
    return {.headers = {{"Docker-Content-Digest", "sha256:" + sha256_hex(manifests[last])}},
            .body = manifests[last]};
  }
  std::set<std::string> mounted;
};

struct Lab {
  Store store;
  std::mutex mutex;
  HttpPeer peer{[this](const HttpPeer::Request& request) {
                  const std::scoped_lock lock(mutex);
                  return store(request);
                },
                [this](const HttpPeer::Request& request) {
                  const std::scoped_lock lock(mutex);
                  return store.cut(request);
                }};
  NoEvents silent;

  Registry registry(std::size_t chunk_bytes = 1000) {
    return Registry(peer.host(), {.chunk_bytes = chunk_bytes});
  }
  [[nodiscard]] Reference reference(const std::string& path) const {
    return *parse_reference(peer.host() + "/" + path);
  }
  Result<std::string> push(const Image& image, std::size_t chunk_bytes = 1000) {
    return registry(chunk_bytes).push(image, reference("lab/app:1"), soon(), {}, silent);
  }
};

}  // namespace

TEST_CASE("what is pushed is pulled again, byte for byte, and its tag resolves to its digest") {
  Lab lab;
  const auto image = small_image(5500);
  const auto digest = lab.push(image);
  REQUIRE(digest);
  CHECK(*digest == image.digest());
  CHECK(lab.peer.count("PATCH") == 6);
  auto registry = lab.registry();
  const auto pulled = registry.pull(lab.reference("lab/app:1"), soon(), {});
  REQUIRE(pulled);
  CHECK(pulled->manifest.bytes == image.manifest.bytes);
  CHECK(pulled->layers[0].bytes == image.layers[0].bytes);
  CHECK(*registry.resolve(lab.reference("lab/app:1"), soon(), {}) == image.digest());
}

TEST_CASE("blobs that the registry has are not sent again") {
  Lab lab;
  REQUIRE(lab.push(small_image(5500)));
  const auto before = lab.peer.log().size();
  REQUIRE(lab.push(small_image(5500)));
  const auto log = lab.peer.log();
  CHECK(std::vector(log.begin() + static_cast<long>(before), log.end()).size() ==
        3);  // two HEADs and the manifest
}

TEST_CASE("an upload whose connection breaks goes on from where the registry got to") {
  Lab lab;
  lab.store.cut_patches = 2;
  lab.store.cut_at = 300;
  const auto image = small_image(2500);
  const auto digest = lab.push(image);
  REQUIRE_MESSAGE(digest, one_line(digest.error()));
  CHECK(lab.store.blobs.at(image.layers[0].digest) == image.layers[0].bytes);
  CHECK(lab.peer.count("GET /v2/lab/app/blobs/uploads/1") == 2);
  CHECK(lab.peer.count("POST /v2/lab/app/blobs/uploads/") ==
        2);  // the layer's one upload and the configuration's
}

TEST_CASE("an upload that the registry forgot begins anew") {
  Lab lab;
  lab.store.forget_uploads = 1;
  const auto image = small_image(2500);
  REQUIRE(lab.push(image));
  CHECK(lab.store.blobs.contains(image.layers[0].digest));
}

TEST_CASE("a registry without chunked uploads gets each blob whole") {
  Lab lab;
  lab.store.chunks = false;
  const auto image = small_image(2500);
  const auto digest = lab.push(image);
  REQUIRE_MESSAGE(digest, one_line(digest.error()));
  CHECK(lab.store.blobs.contains(image.layers[0].digest));
}

TEST_CASE("a blob that another repository has is shared, not sent") {
  Lab lab;
  const auto image = small_image(2500);
  auto registry = lab.registry();
  REQUIRE(registry.push(image, lab.reference("lab/app:1"), soon(), {}, lab.silent));
  const auto patches = lab.peer.count("PATCH");
  REQUIRE(registry.push(image, lab.reference("other/app:1"), soon(), {}, lab.silent));
  CHECK(lab.peer.count("PATCH") == patches);
}

TEST_CASE("a registry that stores something else than was sent is found out") {
  Lab lab;
  lab.store.lies = true;
  const auto digest = lab.push(small_image(100));
  REQUIRE_FALSE(digest);
  CHECK(digest.error().what.find("stored sha256:") != std::string::npos);
}

TEST_CASE("a blob that is not what its digest says is refused when pulled") {
  Lab lab;
  REQUIRE(lab.push(small_image(2500)));
  lab.store.corrupts = true;
  auto registry = lab.registry();
  const auto pulled = registry.pull(lab.reference("lab/app:1"), soon(), {});
  REQUIRE_FALSE(pulled);
  CHECK(pulled.error().what.find("is not what its digest says") != std::string::npos);
}

TEST_CASE("a manifest that is not what the asked digest says is refused") {
  Lab lab;
  const auto image = small_image(100);
  const std::string other = "sha256:" + std::string(64, 'e');
  REQUIRE(lab.push(image));
  lab.store.manifests[other] = image.manifest.bytes;
  auto registry = lab.registry();
  const auto pulled = registry.pull(lab.reference("lab/app@" + other), soon(), {});
  REQUIRE_FALSE(pulled);
  CHECK(pulled.error().what.find("expected " + other) != std::string::npos);
}

TEST_CASE("an image that does not exist is not found, with a hint") {
  Lab lab;
  const auto digest = lab.registry().resolve(lab.reference("lab/none:1"), soon(), {});
  REQUIRE_FALSE(digest);
  CHECK(digest.error().code == Code::not_found);
  CHECK_FALSE(digest.error().hints.empty());
}

TEST_CASE("an upload that never gets on gives up before its deadline") {
  Lab lab;
  lab.store.cut_patches = 1'000'000;
  lab.store.cut_at = 0;
  auto registry = lab.registry();
  const auto digest = registry.push(small_image(2500), lab.reference("lab/app:1"),
                                    Deadline::after(std::chrono::seconds(2)), {}, lab.silent);
  CHECK_FALSE(digest);
}
