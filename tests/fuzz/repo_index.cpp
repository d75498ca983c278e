// A repository's index.yaml, and a choice from each chart that it names.
#include <cstddef>
#include <cstdint>

#include "lib/source/index.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl::source;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto index = Index::parse(text, "fuzz");
  if (!index) return 0;
  for (const auto& [chart, versions] : index->charts())
    for (const auto* wanted : {"", "1.0.0", "^1", "<2-0"})
      static_cast<void>(index->choose(chart, wanted, false));
  static_cast<void>(write_index({}, "https://example.org", text, "2026-01-02T03:04:05Z", false));
  return 0;
}
