// A chart's .tgz: what is inside the gzip, so that mutations reach the reader of tar.
#include <cstddef>
#include <cstdint>

#include "lib/chart/archive.hpp"
#include "lib/data/gzip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const chart::LoadLimits limits{.file = 1U << 20U, .total = 4U << 20U, .files = 1000};
  static_cast<void>(chart::load_archive(bytes, "raw.tgz", limits));
  static_cast<void>(chart::load_archive(gzip(bytes, 1), "packed.tgz", limits));
  return 0;
}
