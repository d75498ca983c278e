#include "lib/chart/schema_meta.hpp"

#include <fmt/format.h>

#include "lib/base/strings.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

constexpr const char* kTypes =
    R"({"anyOf":[{"enum":["array","boolean","integer","null","number","object","string"]},
{"type":"array","items":{"enum":["array","boolean","integer","null","number","object","string"]},"minItems":1,"uniqueItems":true}]})";

void property(std::string& out, std::string_view names, std::string_view shape) {
  for (const auto name : split(names, ' '))
    out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", name, shape);
}

std::string properties(int draft) {
  std::string out;
  const std::string schemas = fmt::format(R"({{"type":"array","items":{{"$ref":"#"}},"minItems":1}})");
  constexpr const char* kMap = R"({"type":"object","additionalProperties":{"$ref":"#"}})";
  constexpr const char* kNames = R"({"type":"array","items":{"type":"string"},"uniqueItems":true})";
  property(out, "type", kTypes);
  property(out, "$schema $ref $comment title description", R"({"type":"string"})");
  property(out, "multipleOf", R"({"type":"number","exclusiveMinimum":0})");
  property(out, "minimum maximum", R"({"type":"number"})");
  property(out, "exclusiveMinimum exclusiveMaximum",
           draft == 4 ? R"({"type":"boolean"})" : R"({"type":"number"})");
  property(out, "minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains",
           R"({"type":"integer","minimum":0})");
  property(out, "pattern", R"({"type":"string","format":"regex"})");
  property(out, "uniqueItems", R"({"type":"boolean"})");
  property(
      out, "required",
      draft == 4 ? R"({"type":"array","items":{"type":"string"},"minItems":1,"uniqueItems":true})" : kNames);
  property(out, "enum", R"({"type":"array"})");
  property(out, "allOf anyOf oneOf", schemas);
  property(out, "not if then else contains propertyNames", R"({"$ref":"#"})");
  property(out, "additionalProperties",
           draft == 4 ? R"({"anyOf":[{"type":"boolean"},{"$ref":"#"}]})" : R"({"$ref":"#"})");
  property(out, "properties definitions $defs dependentSchemas", kMap);
  property(out, "patternProperties",
           R"({"type":"object","additionalProperties":{"$ref":"#"},"propertyNames":{"format":"regex"}})");
  property(out, "items",
           draft >= 2020 ? R"({"$ref":"#"})" : fmt::format(R"({{"anyOf":[{{"$ref":"#"}},{}]}})", schemas));
  if (draft >= 2020) property(out, "prefixItems", schemas);
  property(out, "dependentRequired", fmt::format(R"({{"type":"object","additionalProperties":{}}})", kNames));
  property(
      out, "dependencies",
      fmt::format(R"({{"type":"object","additionalProperties":{{"anyOf":[{{"$ref":"#"}},{}]}}}})", kNames));
  return out;
}

}  // namespace

Result<SchemaDocument> meta_schema(int draft) {
  // From 2019 on, a schema's own kind is asked first, and its keywords are one part of an allOf.
  const auto text =
      draft >= 2019 ? fmt::format(R"({{"type":["object","boolean"],"allOf":[{{"properties":{{{}}}}}]}})",
                                  properties(draft))
                    : fmt::format(R"({{"type":[{}],"properties":{{{}}}}})",
                                  draft == 4 ? R"("object")" : R"("object","boolean")", properties(draft));
  DPCTL_TRY(auto root, from_json(text));
  return SchemaDocument::trusted(std::move(root), 2020);
}

}  // namespace dpctl::chart
