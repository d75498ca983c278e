// A file of any bytes, under the names that tell a layout, becomes rows or an error; rows become raw
// messages.
#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline-services/core/raw.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl::pipeline;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto* name : {"20251102damlbmp_zone.csv", "20251102realtime_zone.csv",
                           "WW_DALMP_ISO_20260604.csv", "DA-LMP-SL-202511020100.csv"}) {
    const auto file = read_market_file(name, text);
    if (!file) continue;
    std::string out;
    for (const auto& row : file->rows) append_raw(out, file->market, row, {});
  }
  return 0;
}
