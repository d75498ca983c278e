#include "lib/net/ws_frame.hpp"

#include <algorithm>
#include <utility>

#include "lib/base/strings.hpp"

namespace dpctl::net::ws {
namespace {

constexpr std::size_t kMostControlBytes = 125;  // RFC 6455 5.5

bool is_control(Opcode opcode) { return (static_cast<std::uint8_t>(opcode) & 0x8U) != 0; }

bool is_known(std::uint8_t opcode) { return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xA); }

/// RFC 6455 7.4.1 and 7.4.2: what may stand in a close frame.
bool may_be_sent(std::uint16_t status) {
  if (status >= 3000 && status <= 4999) return true;
  return status >= 1000 && status <= 1014 && status != 1004 && status != 1005 && status != 1006;
}

void append_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>((number >> shift) & 0xFFU);
}

void apply_mask(std::string& text, std::size_t from, const MaskKey& mask) {
  for (std::size_t i = from; i < text.size(); ++i) {
    text[i] = static_cast<char>(static_cast<std::uint8_t>(text[i]) ^ mask[(i - from) % 4]);
  }
}

}  // namespace

std::string encode_frame(Opcode opcode, std::string_view payload, std::optional<MaskKey> mask, bool fin) {
  std::string out;
  out.reserve(payload.size() + 14);
  out += static_cast<char>((fin ? 0x80U : 0U) | static_cast<unsigned>(opcode));
  const unsigned mask_bit = mask ? 0x80U : 0U;
  if (payload.size() <= 125) {
    out += static_cast<char>(mask_bit | static_cast<unsigned>(payload.size()));
  } else if (payload.size() <= 0xFFFF) {
    out += static_cast<char>(mask_bit | 126U);
    append_number(out, payload.size(), 2);
  } else {
    out += static_cast<char>(mask_bit | 127U);
    append_number(out, payload.size(), 8);
  }
  if (mask) {
    for (const auto byte : *mask) out += static_cast<char>(byte);
  }
  const auto body = out.size();
  out += payload;
  if (mask) apply_mask(out, body, *mask);
  return out;
}

std::string close_payload(std::uint16_t status, std::string_view reason) {
  std::string out;
  append_number(out, status, 2);
  return out.append(reason.substr(0, kMostControlBytes - 2));
}

void FrameDecoder::feed(std::string_view bytes) {
  if (read_ > 0) {
    buffer_.erase(0, read_);
    read_ = 0;
  }
  buffer_.append(bytes);
}

Failure FrameDecoder::violated(CloseStatus status, std::string what) {
  violation_ = status;
  return fail(Code::failed, "the WebSocket peer broke the protocol: {}", what);
}

Result<std::optional<FrameDecoder::Header>> FrameDecoder::read_header() {
  const auto left = std::string_view(buffer_).substr(read_);
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(left[i]); };
  if (left.size() < 2) return std::optional<Header>();
  if ((byte(0) & 0x70U) != 0)
    return violated(CloseStatus::protocol_error, "reserved bits are set (RFC 6455 5.2)");
  const auto opcode = static_cast<std::uint8_t>(byte(0) & 0x0FU);
  if (!is_known(opcode))
    return violated(CloseStatus::protocol_error,
                    fmt::format("opcode {:#x} is unknown (RFC 6455 5.2)", opcode));
  Header header{.opcode = static_cast<Opcode>(opcode), .fin = (byte(0) & 0x80U) != 0};
  const bool masked = (byte(1) & 0x80U) != 0;
  if (masked != (side_ == Side::server)) {
    return violated(CloseStatus::protocol_error, masked ? "a server masked a frame (RFC 6455 5.1)"
                                                        : "a client did not mask a frame (RFC 6455 5.1)");
  }
  const auto small = static_cast<std::uint8_t>(byte(1) & 0x7FU);
  const std::size_t length_bytes = small == 126 ? 2 : small == 127 ? 8 : 0;
  header.bytes = 2 + length_bytes + (masked ? 4 : 0);
  if (left.size() < header.bytes) return std::optional<Header>();
  header.length = small;
  if (length_bytes > 0) {
    header.length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) header.length = (header.length << 8U) | byte(2 + i);
  }
  if (masked) {
    header.mask.emplace();
    for (std::size_t i = 0; i < 4; ++i) (*header.mask)[i] = byte(2 + length_bytes + i);
  }
  return std::optional<Header>(header);
}

Result<void> FrameDecoder::check(const Header& header) {
  if (is_control(header.opcode)) {
    if (!header.fin)
      return violated(CloseStatus::protocol_error, "a control frame is fragmented (RFC 6455 5.5)");
    if (header.length > kMostControlBytes)
      return violated(CloseStatus::protocol_error, "a control frame is over 125 bytes (RFC 6455 5.5)");
    return {};
  }
  if (header.opcode == Opcode::continuation && !message_opcode_) {
    return violated(CloseStatus::protocol_error, "a continuation without a beginning (RFC 6455 5.4)");
  }
  if (header.opcode != Opcode::continuation && message_opcode_) {
    return violated(CloseStatus::protocol_error, "a new message within a fragmented one (RFC 6455 5.4)");
  }
  if (header.length > max_message_ || message_.size() > max_message_ - header.length) {
    return violated(CloseStatus::too_big, fmt::format("a message over {} bytes", max_message_));
  }
  return {};
}

Result<std::optional<Event>> FrameDecoder::next() {
  for (;;) {
    DPCTL_TRY(const auto header, read_header());
    if (!header) return std::optional<Event>();
    DPCTL_CHECK(check(*header));  // before the payload has arrived: what is too long is never kept
    if (buffer_.size() - read_ - header->bytes < header->length) return std::optional<Event>();
    DPCTL_TRY(auto event, take_frame(*header));
    if (event) return event;
  }
}

Result<std::optional<Event>> FrameDecoder::take_frame(const Header& header) {
  const auto length = static_cast<std::size_t>(header.length);
  auto payload = buffer_.substr(read_ + header.bytes, length);
  read_ += header.bytes + length;
  if (header.mask) apply_mask(payload, 0, *header.mask);
  if (header.opcode == Opcode::close) {
    DPCTL_TRY(auto event, close_event(std::move(payload)));
    return std::optional<Event>(std::move(event));
  }
  if (is_control(header.opcode))
    return std::optional<Event>(Event{.opcode = header.opcode, .payload = std::move(payload)});
  if (header.opcode != Opcode::continuation) message_opcode_ = header.opcode;
  if (message_.empty())
    message_ = std::move(payload);
  else
    message_ += payload;
  if (!header.fin) return std::optional<Event>();
  Event event{.opcode = *message_opcode_, .payload = std::exchange(message_, {})};
  message_opcode_.reset();
  if (event.opcode == Opcode::text && !is_utf8(event.payload)) {
    return violated(CloseStatus::invalid_payload, "a text message is not UTF-8 (RFC 6455 8.1)");
  }
  return std::optional<Event>(std::move(event));
}

Result<Event> FrameDecoder::close_event(std::string payload) {
  constexpr std::uint16_t kNoStatus = 1005;
  if (payload.empty()) return Event{.opcode = Opcode::close, .close_status = kNoStatus};
  if (payload.size() == 1)
    return violated(CloseStatus::protocol_error, "a close frame of one byte (RFC 6455 5.5.1)");
  const auto status = static_cast<std::uint16_t>((static_cast<std::uint8_t>(payload[0]) << 8) |
                                                 static_cast<std::uint8_t>(payload[1]));
  payload.erase(0, 2);
  if (!may_be_sent(status))
    return violated(CloseStatus::protocol_error, fmt::format("close status {} (RFC 6455 7.4)", status));
  if (!is_utf8(payload))
    return violated(CloseStatus::invalid_payload, "the reason of a close frame is not UTF-8 (RFC 6455 8.1)");
  return Event{.opcode = Opcode::close, .payload = std::move(payload), .close_status = status};
}

}  // namespace dpctl::net::ws
