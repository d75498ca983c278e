// A release record as a Secret holds it: base64, gzip, JSON.
#include <cstddef>
#include <cstdint>

#include "lib/chart/release.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl::chart;
  const auto release = decode_release({reinterpret_cast<const char*>(data), size});
  if (release) static_cast<void>(encode_release(*release));
  return 0;
}
