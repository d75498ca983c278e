// A release record as a Secret holds it: base64, gzip, JSON; read whole, from the front, and out of the API
// server's protobuf.
#include <cstddef>
#include <cstdint>

#include "lib/chart/release_summary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto release = chart::decode_release(text);
  if (release) static_cast<void>(chart::encode_release(*release));
  kube::Payload head{.ns = "shop", .name = "record", .labels = {{"name", "web"}}, .data = {{"release", text}}};
  static_cast<void>(chart::read_summary(head, kube::PayloadKind::secret));
  if (const auto payloads = kube::read_payloads(text))
    for (const auto& payload : *payloads)
      static_cast<void>(chart::read_summary(payload, kube::PayloadKind::secret));
  return 0;
}
