#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dpctl::io {

/// The server's end of an open WebSocket. Thread-safe; nothing here blocks.
class WebSocketConnection {
 public:
  virtual ~WebSocketConnection() = default;
  /// Queues a text message. When more is waiting than the server's limits allow, the peer is too slow: its
  /// queue is thrown away and the connection closes with 1013 and a word; then, and after close(), false.
  virtual bool send(std::shared_ptr<const std::string> text) = 0;
  /// Closes after what is queued. `reason` at most 123 bytes.
  virtual void close(std::uint16_t code, std::string reason) = 0;
};

/// Who receives what a peer sends. Calls come one after the other, on the connection's thread.
class WebSocketListener {
 public:
  virtual ~WebSocketListener() = default;
  virtual void on_open(std::shared_ptr<WebSocketConnection> connection) = 0;
  virtual void on_text(std::string_view text) = 0;
  /// Once, whatever ended it.
  virtual void on_close() = 0;
};

}  // namespace dpctl::io
