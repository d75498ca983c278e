// The argument of --set, --set-json and --set-literal.
#include "lib/chart/strvals.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl::chart;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {SetKind::typed, SetKind::string, SetKind::json})
    static_cast<void>(parse_set(text, kind, Value::map()));
  static_cast<void>(parse_set_literal(text, Value::map()));
  return 0;
}
