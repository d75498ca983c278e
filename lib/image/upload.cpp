#include "lib/image/upload.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <thread>
#include <utility>

#include "lib/base/encoding.hpp"

namespace dpctl::image {
namespace {

constexpr int kAttempts = 6;  // uploads begun anew; and, within one, failures without a byte gained

/// Waits a little longer each time, not past the deadline, not after a stop.
void back_off(int attempt, Deadline deadline, const StopToken& stop) {
  using namespace std::chrono_literals;
  const auto until = deadline.at_most(std::min<std::chrono::milliseconds>(100ms * (1 << attempt), 3s)).time();
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(20ms);
}

/// "0-1048575" or "bytes=0-1048575" → 1048576 bytes are there; "0-0" is what servers say for none and for
/// one: taken as none.
std::optional<std::size_t> bytes_there(const net::Response& response) {
  const std::string* field = response.headers.find("Range");
  if (field == nullptr) return std::nullopt;
  const auto dash = field->rfind('-');
  if (dash == std::string::npos) return std::nullopt;
  std::size_t last = 0;
  const auto [end, error] = std::from_chars(field->data() + dash + 1, field->data() + field->size(), last);
  if (error != std::errc() || end == field->data() + dash + 1) return std::nullopt;
  return last == 0 ? 0 : last + 1;
}

std::string with_digest(const std::string& location, const std::string& digest) {
  return fmt::format("{}{}digest={}", location, location.find('?') == std::string::npos ? '?' : '&',
                     percent_encode(digest));
}

class Upload {
 public:
  Upload(Session& session, const Blob& blob, const UploadOptions& options, Deadline deadline, StopToken stop)
      : session_(session), blob_(blob), options_(options), deadline_(deadline), stop_(std::move(stop)) {}

  Result<UploadOutcome> run() {
    DPCTL_TRY(const bool there, exists());
    if (there) return UploadOutcome::existed;
    for (int attempt = 0;;) {
      DPCTL_TRY(const bool mounted, open());
      if (mounted) return UploadOutcome::mounted;
      auto sent = blob_.bytes.size() <= options_.chunk_bytes || whole_ ? put_whole() : put_chunks();
      if (sent) return UploadOutcome::uploaded;
      if (!again_) return fail(std::move(sent).error());
      ++attempt;
      if (attempt >= kAttempts || deadline_.passed() || stop_.stop_requested())
        return fail(std::move(sent).error());
      back_off(attempt, deadline_, stop_);
    }
  }

 private:
  Result<bool> exists() {
    DPCTL_TRY(const auto response,
              session_.send({.method = "HEAD", .url = path("blobs/" + blob_.digest)}, deadline_, stop_));
    return response.status == 200;
  }

  /// Starts an upload, or takes the blob from another repository (true).
  Result<bool> open() {
    location_.clear();
    sent_ = 0;
    std::string url = path("blobs/uploads/");
    if (!options_.mount_from.empty())
      url +=
          fmt::format("?mount={}&from={}", percent_encode(blob_.digest), percent_encode(options_.mount_from));
    // May be repeated: an upload too many is forgotten by the server.
    net::Request request{.method = "POST", .url = url, .idempotent = true};
    DPCTL_TRY(const auto response, session_.send(std::move(request), deadline_, stop_));
    if (response.status == 201) return true;
    if (response.status != 202) return refused("POST", response);
    DPCTL_CHECK(take_location(response, session_path()));
    if (const std::string* least = response.headers.find("OCI-Chunk-Min-Length")) {
      std::size_t bytes = 0;
      std::from_chars(least->data(), least->data() + least->size(), bytes);
      chunk_ = std::max(options_.chunk_bytes, std::min<std::size_t>(bytes, 1U << 30U));
    } else {
      chunk_ = options_.chunk_bytes;
    }
    return false;
  }

  /// The whole blob in the request that ends the upload. A broken one begins anew.
  Result<void> put_whole() {
    again_ = false;
    net::Request request{.method = "PUT",
                         .url = with_digest(location_, blob_.digest),
                         .headers = {{"Content-Type", "application/octet-stream"}},
                         .body = blob_.bytes,
                         .idempotent = false};  // bytes sent twice into one upload are bytes too many
    auto response = session_.send(std::move(request), deadline_, stop_);
    if (!response) return broken(std::move(response).error());
    return ended(*response);
  }

  /// PATCH by PATCH, each from where the server says it is; then an empty PUT.
  Result<void> put_chunks() {
    again_ = false;
    int losses = 0;
    while (sent_ < blob_.bytes.size()) {
      const std::size_t size = std::min(chunk_, blob_.bytes.size() - sent_);
      net::Request request{.method = "PATCH",
                           .url = location_,
                           .headers = {{"Content-Type", "application/octet-stream"},
                                       {"Content-Range", fmt::format("{}-{}", sent_, sent_ + size - 1)}},
                           .body = blob_.bytes.substr(sent_, size),
                           .idempotent = false};
      const auto response = session_.send(std::move(request), deadline_, stop_);
      if (response && response->status == 202) {
        sent_ = bytes_there(*response).value_or(sent_ + size);
        losses = 0;
        DPCTL_CHECK(take_location(*response, location_));
        continue;
      }
      if (response && (response->status == 404 || response->status == 405 || response->status == 501)) {
        whole_ = response->status != 404;  // 404: the server forgot the upload; the others: it has no chunks
        again_ = true;
        return refused("PATCH", *response);
      }
      if (response && response->status != 416 && response->status < 500) return refused("PATCH", *response);
      if (++losses > kAttempts || deadline_.passed() || stop_.stop_requested())
        return response ? Result<void>(refused("PATCH", *response)) : Result<void>(fail(response.error()));
      back_off(losses, deadline_, stop_);
      DPCTL_CHECK(resume(losses));
    }
    net::Request request{.method = "PUT", .url = with_digest(location_, blob_.digest), .idempotent = false};
    const auto response = session_.send(std::move(request), deadline_, stop_);
    if (!response) return broken(response.error());
    return ended(*response);
  }

  /// Asks how far the server got. An upload that it no longer knows begins anew.
  Result<void> resume(int& losses) {
    const auto response = session_.send({.method = "GET", .url = location_}, deadline_, stop_);
    if (!response) return broken(response.error());
    if (response->status == 404) {
      again_ = true;
      return refused("GET", *response);
    }
    if (response->status != 204) return refused("GET", *response);
    const auto there = bytes_there(*response);
    if (!there || *there > blob_.bytes.size())
      return fail(Code::failed,
                  "cannot continue the upload of {}: the registry {} does not say how far it got",
                  blob_.digest, session_.host());
    if (*there > sent_) losses = 0;
    sent_ = *there;
    return take_location(*response, location_);
  }

  Result<void> ended(const net::Response& response) {
    if (response.status == 404 || response.status == 416 || response.status >= 500) again_ = true;
    if (response.status != 201) return refused("PUT", response);
    const std::string* digest = response.headers.find("Docker-Content-Digest");
    if (digest != nullptr && *digest != blob_.digest)
      return fail(Code::failed, "the registry {} stored {} as {}", session_.host(), blob_.digest, *digest)
          .hint("the bytes changed on their way; push again");
    return {};
  }

  Result<void> broken(Error error) {
    again_ = error.code != Code::interrupted && error.code != Code::timed_out;
    return fail(std::move(error));
  }

  [[nodiscard]] Failure refused(std::string_view method, const net::Response& response) const {
    return fail(Code::failed, "the registry {} did not take the blob {}: {} says {}", session_.host(),
                blob_.digest, method, explain(response));
  }

  Result<void> take_location(const net::Response& response, const std::string& url) {
    const std::string* location = response.headers.find("Location");
    if (location == nullptr && location_.empty())
      return fail(Code::failed, "the registry {} opened an upload without saying where", session_.host());
    if (location != nullptr)
      location_ = url.starts_with('/') && location->starts_with('/') ? *location : absolute(url, *location);
    return {};
  }

  [[nodiscard]] std::string path(const std::string& rest) const {
    return "/v2/" + options_.repository + "/" + rest;
  }
  [[nodiscard]] std::string session_path() const { return path("blobs/uploads/"); }

  Session& session_;
  const Blob& blob_;
  const UploadOptions& options_;
  Deadline deadline_;
  StopToken stop_;
  std::string location_;
  std::size_t sent_ = 0;
  std::size_t chunk_ = 0;
  bool whole_ = false;  ///< the server takes no chunks
  bool again_ = false;  ///< the last failure may pass when the upload begins anew
};

}  // namespace

Result<UploadOutcome> upload_blob(Session& session, const Blob& blob, const UploadOptions& options,
                                  Deadline deadline, StopToken stop) {
  return Upload(session, blob, options, deadline, std::move(stop)).run();
}

}  // namespace dpctl::image
