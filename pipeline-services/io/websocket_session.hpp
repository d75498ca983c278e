#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "pipeline-services/io/http_session.hpp"

namespace dpctl::io {

/// RFC 6455 4.2.1: does this request ask for a WebSocket?
bool is_websocket_upgrade(const HttpRequest& request);

/// Takes the connection over: answers the handshake and serves `listener` until either side closes.
void open_websocket(boost::asio::ip::tcp::socket socket, const HttpRequest& request,
                    std::shared_ptr<HttpShared> shared, std::shared_ptr<WebSocketListener> listener);

}  // namespace dpctl::io
