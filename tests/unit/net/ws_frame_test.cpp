#include "lib/net/ws_frame.hpp"

#include <doctest/doctest.h>

using namespace dpctl;
using namespace dpctl::net::ws;

namespace {

using Side = FrameDecoder::Side;

std::string bytes(std::initializer_list<unsigned> values) {
  std::string text;
  for (const auto value : values) text += static_cast<char>(value);
  return text;
}

/// The error of decoding `frames`, or "" when they decode.
std::string complaint(std::string_view frames, Side side = Side::client, std::size_t most = 1024) {
  FrameDecoder decoder(side, most);
  decoder.feed(frames);
  for (;;) {
    const auto event = decoder.next();
    if (!event) return event.error().what;
    if (!*event) return "";
  }
}

}  // namespace

TEST_CASE("the examples of RFC 6455 5.7 come out as they stand there") {
  CHECK(encode_frame(Opcode::text, "Hello", std::nullopt) ==
        bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
  CHECK(encode_frame(Opcode::text, "Hello", MaskKey{0x37, 0xfa, 0x21, 0x3d}) ==
        bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
  CHECK(encode_frame(Opcode::binary, std::string(256, 'x'), std::nullopt).substr(0, 4) ==
        bytes({0x82, 0x7E, 0x01, 0x00}));
  CHECK(encode_frame(Opcode::binary, std::string(65536, 'x'), std::nullopt).substr(0, 10) ==
        bytes({0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST_CASE("what is encoded decodes, byte by byte, at every length form") {
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 65535UL, 65536UL, 100'000UL}) {
    const std::string payload(size, 'p');
    for (const auto side : {Side::client, Side::server}) {
      const auto mask = side == Side::server ? std::optional<MaskKey>(MaskKey{1, 2, 3, 4}) : std::nullopt;
      FrameDecoder decoder(side, 1U << 20U);
      bool early = false;
      for (const char byte : encode_frame(Opcode::binary, payload, mask)) {
        early = early || decoder.next().value().has_value();
        decoder.feed({&byte, 1});
      }
      CHECK_FALSE(early);
      const auto event = decoder.next().value();
      REQUIRE(event);
      CHECK(event->opcode == Opcode::binary);
      CHECK(event->payload == payload);
    }
  }
}

TEST_CASE("fragments are joined, and control frames may stand between them") {
  FrameDecoder decoder(Side::client, 1024);
  decoder.feed(encode_frame(Opcode::text, "Hel", std::nullopt, false) +
               encode_frame(Opcode::ping, "p", std::nullopt) +
               encode_frame(Opcode::continuation, "", std::nullopt, false) +
               encode_frame(Opcode::continuation, "lo", std::nullopt));
  CHECK(decoder.next().value()->opcode == Opcode::ping);
  const auto message = decoder.next().value();
  CHECK(message->opcode == Opcode::text);
  CHECK(message->payload == "Hello");
  CHECK_FALSE(decoder.next().value().has_value());
}

TEST_CASE("a close frame gives status and reason") {
  FrameDecoder decoder(Side::client, 1024);
  decoder.feed(encode_frame(Opcode::close, close_payload(1001, "going away"), std::nullopt) +
               encode_frame(Opcode::close, "", std::nullopt));
  const auto close = decoder.next().value();
  CHECK(close->close_status == 1001);
  CHECK(close->payload == "going away");
  CHECK(decoder.next().value()->close_status == 1005);
}

TEST_CASE("a peer that breaks the protocol is told which rule") {
  CHECK(complaint(bytes({0xC1, 0x00})).find("reserved bits") != std::string::npos);
  CHECK(complaint(bytes({0x83, 0x00})).find("opcode 0x3") != std::string::npos);
  CHECK(complaint(bytes({0x80, 0x00})).find("continuation without a beginning") != std::string::npos);
  CHECK(complaint(bytes({0x01, 0x00, 0x01, 0x00})).find("within a fragmented one") != std::string::npos);
  CHECK(complaint(bytes({0x09, 0x00})).find("control frame is fragmented") != std::string::npos);
  CHECK(complaint(bytes({0x89, 0x7E, 0x00, 0x7E})).find("over 125 bytes") != std::string::npos);
  CHECK(complaint(bytes({0x82, 0x80, 1, 2, 3, 4})).find("a server masked") != std::string::npos);
  CHECK(complaint(bytes({0x82, 0x00}), Side::server).find("did not mask") != std::string::npos);
  CHECK(complaint(bytes({0x88, 0x01, 0x03})).find("close frame of one byte") != std::string::npos);
  CHECK(complaint(encode_frame(Opcode::close, close_payload(1005), std::nullopt)).find("close status 1005") !=
        std::string::npos);
  CHECK(complaint(encode_frame(Opcode::text, "\xff", std::nullopt)).find("not UTF-8") != std::string::npos);
}

TEST_CASE("a message over the cap is refused when its header announces it, in one frame or in fragments") {
  CHECK(complaint(bytes({0x82, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}))
            .find("over 1024 bytes") != std::string::npos);
  CHECK(complaint(bytes({0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}))
            .find("over 1024 bytes") != std::string::npos);
  CHECK(complaint(encode_frame(Opcode::binary, std::string(1024, 'x'), std::nullopt)).empty());
  const auto half = std::string(600, 'x');
  CHECK(complaint(encode_frame(Opcode::binary, half, std::nullopt, false) +
                  encode_frame(Opcode::continuation, half, std::nullopt))
            .find("over 1024") != std::string::npos);
}
