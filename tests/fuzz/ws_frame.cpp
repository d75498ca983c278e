// Any bytes in any pieces: no crash, nothing kept beyond the cap, and the same events however the bytes are
// cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lib/net/ws_frame.hpp"

using namespace dpctl::net::ws;

namespace {

constexpr std::size_t kMost = 4096;

std::string decode(std::string_view bytes, std::size_t piece, FrameDecoder::Side side) {
  FrameDecoder decoder(side, kMost);
  std::string events;
  for (;;) {
    auto event = decoder.next();
    if (!event) return events + "!" + event.error().what;
    if (*event) {
      if ((*event)->payload.size() > kMost) std::abort();
      events += std::to_string(static_cast<int>((*event)->opcode)) + ":" + (*event)->payload + ";";
      continue;
    }
    if (bytes.empty()) return events;
    decoder.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto side : {FrameDecoder::Side::client, FrameDecoder::Side::server}) {
    if (decode(bytes, 1, side) != decode(bytes, size + 1, side)) std::abort();
  }
  return 0;
}
