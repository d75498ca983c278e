// Any bytes: reading must end in a value or an error, and a value that is written must read back as itself.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "lib/data/json.hpp"
#include "lib/data/yaml.hpp"

namespace {

// The key "<<" is written plain, as Marshal does, and reads back as a merge.
bool has_merge_key(const dpctl::Json& value) {
  if (!value.is_structured()) return false;
  for (auto child = value.begin(); child != value.end(); ++child)
    if ((value.is_object() && child.key() == "<<") || has_merge_key(*child)) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  dpctl::yaml::Options options;
  options.limits = {.bytes = 1U << 20U, .depth = 64, .nodes = 20'000};
  dpctl::yaml::Places places;
  (void)dpctl::yaml::decode_located(text, "fuzz", places, options);
  options.duplicate_keys = dpctl::yaml::DuplicateKeys::last_wins;
  const auto documents = dpctl::yaml::decode_all(text, "fuzz", options);
  if (!documents) return 0;
  for (const auto& document : *documents) {
    if (has_merge_key(document)) continue;
    const auto back = dpctl::yaml::decode(dpctl::yaml::encode(document), "back");
    if (!back || *back != document) std::abort();
  }
  return 0;
}
