// Any template: parsing and printing must end in a text or an error.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "lib/data/jsonpath.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const dpctl::Json kDocument =
      dpctl::parse_json(
          R"({"kind":"List","items":[{"metadata":{"name":"a","labels":{"x.y/z":"1"}},"n":1.5,"l":[1,2,[3,{"name":null}]]},
          {"metadata":{"name":"b"},"n":2,"l":[]}]})",
          "document")
          .value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto path = dpctl::JsonPath::parse(text)) {
    (void)path->print(kDocument);
    (void)path->find(kDocument);
  }
  (void)dpctl::JsonPath::parse_expression(text);
  return 0;
}
