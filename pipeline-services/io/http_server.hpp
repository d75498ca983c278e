#pragma once

#include <chrono>
#include <memory>

#include "lib/base/result.hpp"
#include "pipeline-services/io/http_routes.hpp"

namespace dpctl::io {

struct HttpServerOptions {
  std::string address = "0.0.0.0";
  std::size_t max_body_bytes = 1U << 20U;
  std::size_t max_header_bytes = 16U << 10U;
  std::chrono::seconds timeout{15};  ///< for a request to arrive, an answer to leave, and between requests
  std::size_t max_connections = 4096;
  unsigned threads = 1;  ///< each with its own connections; one answers some 60,000 requests a second
  unsigned workers = 16;                             ///< handlers that wait for stores at the same time
  std::size_t websocket_queue = 256;                 ///< messages waiting for one WebSocket peer at most
  std::size_t websocket_queue_bytes = 1U << 20U;     ///< and their bytes
  std::size_t websocket_message_bytes = 64U << 10U;  ///< the longest message a peer may send
  std::chrono::seconds websocket_ping{20};  ///< silence after which a peer is pinged; twice that ends it
};

/// Told of every answer before it leaves, on the thread that made it. `route`: the path of the route as it
/// was declared, or "unmatched", so that it is fit for a label.
using HttpObserver = std::function<void(std::string_view route, const HttpRequest&, HttpResponse&,
                                        std::chrono::nanoseconds took)>;

/// HTTP/1.1 with keep-alive and pipelining on several ports, one table of routes for all, and WebSockets. A
/// connection stays on one thread; answers that a route's quick handler has are made there, the others on
/// workers. An unknown path is 404, a known path with another method 405.
class HttpServer {
 public:
  explicit HttpServer(HttpServerOptions options = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Before start().
  void route(HttpRoute route);
  /// `port` 0: reachable through every port, else through that one only.
  void route(std::string method, std::string path, HttpHandler handler, std::uint16_t port = 0);
  /// Before start().
  void observe(HttpObserver observer);
  /// Listens on the ports and returns. A port in use is an error, never replaced by another.
  Result<void> start(const std::vector<std::uint16_t>& ports);
  /// Closes the listeners and the connections; waits for handlers that run.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::io
