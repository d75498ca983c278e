#pragma once

#include <memory>
#include <variant>

#include "pipeline-services/io/http_message.hpp"
#include "pipeline-services/io/websocket.hpp"

namespace dpctl::io {

/// Answers a request; may block on stores. Called on a worker thread.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;
/// Answers a request from memory, or nothing when that takes a store. Called on the connection's own thread
/// before the handler, so it must not block.
using QuickHandler = std::function<std::optional<HttpResponse>(const HttpRequest&)>;
/// Says who listens to a WebSocket that asks to be opened, or why not. Called on a worker thread.
using WebSocketHandler =
    std::function<std::variant<HttpResponse, std::shared_ptr<WebSocketListener>>(const HttpRequest&)>;

struct HttpRoute {
  std::string method;
  std::string path;  ///< "/curves/{curve_id}": a {name} takes one non-empty segment
  HttpHandler handler{};
  QuickHandler quick{};
  WebSocketHandler websocket{};  ///< instead of the handler: the path of a WebSocket
  std::uint16_t port = 0;        ///< 0: reachable through every port
};

/// Paths and methods of one server. Filled before the server starts, read by all of its threads.
class HttpRoutes {
 public:
  /// A path with the same method and port is added once.
  void add(HttpRoute route);
  struct Found {
    const HttpRoute* route = nullptr;
    bool known_path = false;  ///< the path is there, with other methods
    std::string allow{};      ///< these methods, for a 405
  };
  /// Fills `request.captures`. GET answers HEAD too.
  Found find(HttpRequest& request) const;

 private:
  std::vector<HttpRoute> routes_;
};

}  // namespace dpctl::io
