#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"

namespace dpctl::net {

/// Header fields in the order they were added. Names compare without case (RFC 9110 5.1).
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// The first value of that name, or nullptr.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method = "GET";
  std::string url{};  ///< absolute: "https://host:6443/api?x=y", already encoded
  Headers headers{};
  std::string body{};  ///< sent whole; see `upload` for bodies that do not fit in memory
  std::size_t max_response_bytes = 256U << 20U;
  /// May this be sent again after it may have been received? Default by method (RFC 9110 9.2.2): GET, HEAD,
  /// PUT, DELETE yes; POST, PATCH no. Server-side apply is a PATCH that may.
  std::optional<bool> idempotent{};
  /// Streams the body instead of `body`: called on the client's thread until it returns an empty piece. Never
  /// retried.
  std::function<Result<std::string>()> upload{};
  std::optional<std::size_t> upload_bytes{};  ///< Content-Length of `upload`, when known
  /// Follows this many redirects (never from https to http; Authorization and Cookie stay with their host).
  /// 0: a redirect is the answer.
  int max_redirects = 0;
};

struct Response {
  int status = 0;
  Headers headers{};
  std::string body{};
};

/// How to prove who we are and whom we trust. Certificates and keys are PEM in memory; nothing is written to
/// disk.
struct Tls {
  std::string ca_pem{};  ///< empty: the system's
  std::string client_cert_pem{};
  std::string client_key_pem{};
  std::string server_name{};  ///< SNI and name check in place of the URL's host
  bool verify = true;
};

struct ClientOptions {
  Tls tls{};
  std::string proxy{};             ///< http://, https:// or socks5://; empty: none
  std::size_t max_in_flight = 96;  ///< more wait their turn; the API server allows 100 streams a connection
  std::chrono::milliseconds connect_timeout{10'000};
  int retries = 4;  ///< of what may be repeated: refused or reset connections, 429, 502, 503, 504
  std::string user_agent = "dpctl";
  bool http1_only = false;  ///< for servers that cannot do more (RFC 9113 is tried first otherwise)
  /// Called for every exchange, for --debug-http; secrets are already redacted. May be empty.
  std::function<void(std::string_view line)> trace{};
};

/// A response whose body is read piece by piece: watch, logs, downloads. Closing (destroying) it ends the
/// transfer. Back-pressure: at most about 1 MiB is buffered; then the transfer pauses until `next` is called.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  [[nodiscard]] virtual int status() const = 0;
  [[nodiscard]] virtual const Headers& headers() const = 0;
  /// The next piece, in order; nullopt at the end. Blocks until there is one, the deadline passes or a stop
  /// is asked for.
  virtual Result<std::optional<std::string>> next(Deadline, StopToken) = 0;
};

/// Loads libcurl beside what the caller does until its first request (5 to 7 ms). What goes wrong is told by
/// that request.
void load_ahead();

/// HTTP/1.1 and HTTP/2 over one connection pool (libcurl multi) on one background thread, started by the
/// first request. Thread-safe. An answer with any status is a Response, not an Error; an Error means that
/// there was no answer (refused, reset, TLS, timed out, stopped, too large). Retries what may be repeated
/// with jittered back-off, and waits as Retry-After says.
class HttpClient {
 public:
  explicit HttpClient(ClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Blocks until the answer is complete.
  Result<Response> send(const Request&, Deadline, StopToken = {});

  /// All at once, at most max_in_flight on the wire; blocks until the last is answered. The results stand in
  /// the order of the requests. `on_done(index)` is called from this thread as each completes. One failure
  /// does not stop the others.
  std::vector<Result<Response>> send_all(std::span<const Request>, Deadline, StopToken = {},
                                         const std::function<void(std::size_t index)>& on_done = {});

  /// Blocks until the header is there; the body comes through the stream. Not counted in max_in_flight.
  Result<std::unique_ptr<BodyStream>> stream(const Request&, Deadline, StopToken = {});

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace dpctl::net
