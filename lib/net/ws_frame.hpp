#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl::net::ws {

/// RFC 6455 11.8.
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA
};

/// RFC 6455 7.4.1, as far as we send them.
enum class CloseStatus : std::uint16_t {
  normal = 1000,
  protocol_error = 1002,
  invalid_payload = 1007,
  too_big = 1009
};

using MaskKey = std::array<std::uint8_t, 4>;

/// One frame. A client masks with a fresh random key (RFC 6455 5.3), a server does not mask.
std::string encode_frame(Opcode opcode, std::string_view payload, std::optional<MaskKey> mask,
                         bool fin = true);

/// The payload of a close frame: the status in network order, then the reason cut to what a control frame
/// holds.
std::string close_payload(std::uint16_t status, std::string_view reason = {});

/// What the decoder finds: a whole message (fragments joined), or a control frame.
struct Event {
  Opcode opcode = Opcode::binary;  ///< text, binary, close, ping or pong
  std::string payload{};           ///< unmasked
  std::uint16_t close_status = 0;  ///< of close; 1005 when the peer gave none
};

/// Frames out of bytes, for either side. Bounded: refuses a message over `max_message` bytes as soon as a
/// header announces it, so no more than that is ever kept. After an error it is of no further use.
class FrameDecoder {
 public:
  enum class Side {
    client,
    server
  };  ///< whose decoder it is: a server takes masked frames only, a client none
  FrameDecoder(Side side, std::size_t max_message) : side_(side), max_message_(max_message) {}

  void feed(std::string_view bytes);
  /// The next event; nullopt when more bytes are needed. Code::failed, worded with the section of RFC 6455,
  /// when the peer broke the rules; `violation()` is then the status to close with.
  Result<std::optional<Event>> next();
  [[nodiscard]] CloseStatus violation() const { return violation_; }

 private:
  struct Header {
    Opcode opcode = Opcode::continuation;
    bool fin = false;
    std::optional<MaskKey> mask{};
    std::uint64_t length = 0;
    std::size_t bytes = 0;  ///< of the header itself
  };
  Result<std::optional<Header>> read_header();
  Result<void> check(const Header& header);
  Result<std::optional<Event>> take_frame(const Header& header);
  Result<Event> close_event(std::string payload);
  Failure violated(CloseStatus status, std::string what);

  const Side side_;
  const std::size_t max_message_;
  std::string buffer_{};
  std::size_t read_ = 0;
  std::string message_{};
  std::optional<Opcode> message_opcode_{};
  CloseStatus violation_ = CloseStatus::protocol_error;
};

}  // namespace dpctl::net::ws
