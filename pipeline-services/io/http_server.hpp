#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::io {

struct HttpRequest {
  std::string method;
  std::string path;                                         ///< decoded, without the query
  std::map<std::string, std::string, std::less<>> query;    ///< decoded; the last of equal names
  std::map<std::string, std::string, std::less<>> headers;  ///< names in lower case
  std::string body;
  std::uint16_t port = 0;  ///< the listening port it came in through
};

struct HttpResponse {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// {"error", "message", "timestamp"} with the status: the error body of every service.
HttpResponse http_error(int status, std::string_view error, std::string_view message);

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct HttpServerOptions {
  std::string address = "0.0.0.0";
  std::size_t max_body_bytes = 1U << 20U;
  std::size_t max_header_bytes = 16U << 10U;
  std::chrono::seconds timeout{15};  ///< for a request to arrive, an answer to leave, and between requests
  std::size_t max_connections = 512;
  unsigned threads = 2;
};

/// HTTP/1.1 with keep-alive on several ports, one router for all. Handlers run on the server's threads and
/// may block for a while; an unknown path is 404, a known path with another method 405.
class HttpServer {
 public:
  explicit HttpServer(HttpServerOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Before start(). `port` 0: reachable through every port, else through that one only.
  void route(std::string method, std::string path, HttpHandler handler, std::uint16_t port = 0);
  /// Listens on the ports and returns. A port in use is an error, never replaced by another.
  Result<void> start(const std::vector<std::uint16_t>& ports);
  /// Closes the listeners and the connections.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::io
