// A template text, parsed and run on a small tree of values, within bounds.
#include <cstddef>
#include <cstdint>
#include <string>

#include "lib/chart/render.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dpctl::chart;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto chart = load_files({{"Chart.yaml", "name: fuzz\nversion: 1.0.0"},
                                 {"values.yaml", "a: {b: [1, x, null]}\nn: 3"},
                                 {"templates/t.yaml", text}});
  if (!chart) return 0;
  RenderOptions options;
  options.limits.output = 1U << 20U;
  options.limits.steps = 200'000;
  static_cast<void>(render(**chart, Value::map(), options));
  return 0;
}
