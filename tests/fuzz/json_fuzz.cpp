// Any bytes: parsing must end in a tree or an error, and what is dumped must parse to the same tree.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "lib/data/json.hpp"
#include "lib/data/json_diff.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = dpctl::parse_json(text, "fuzz");
  if (!value) return 0;
  const auto back = dpctl::parse_json(dpctl::dump_json(*value), "back");
  if (!back || *back != *value || !dpctl::json_diff(*value, *back).empty()) std::abort();
  return 0;
}
