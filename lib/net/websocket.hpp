#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/net/http_client.hpp"

namespace dpctl::net {

/// A WebSocket client connection (RFC 6455) over curl's CONNECT_ONLY, HTTP/1.1. Used for exec, attach and
/// port-forward. One reader and one writer thread at a time. Pings are answered; a frame over `max_message`
/// bytes ends the connection.
class WebSocket {
 public:
  struct Message {
    bool binary = true;
    std::string data;
  };
  /// `url` is https:// or http://. `protocols` are offered in order; see protocol() for the one chosen.
  /// An answer other than 101 is an Error that carries status and body.
  static Result<std::unique_ptr<WebSocket>> connect(const std::string& url, const Headers&,
                                                    const std::vector<std::string>& protocols,
                                                    const ClientOptions&, Deadline, StopToken = {});
  virtual ~WebSocket() = default;
  [[nodiscard]] virtual const std::string& protocol() const = 0;
  virtual Result<void> send(std::string_view data, bool binary, Deadline, StopToken = {}) = 0;
  /// nullopt when the peer closed. Blocks.
  virtual Result<std::optional<Message>> receive(Deadline, StopToken = {}) = 0;
  /// Starts the closing handshake (RFC 6455 7.1.2); best effort.
  virtual void close(unsigned short status = 1000) = 0;
};

}  // namespace dpctl::net
