#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/value/value.hpp"
#include "lib/data/json.hpp"

namespace dpctl::chart {

enum class NumberKinds { reals, integers };

/// Reads the first document by Helm's rules: YAML 1.1, then JSON, so every number is a float64 (with
/// `integers`, whole ones are int64). Empty text is nil. A duplicate key: the last one wins. `name` appears
/// in errors.
Result<Value> from_yaml(std::string_view text, std::string_view name, NumberKinds kinds = NumberKinds::reals);
/// The same of a Kubernetes object, all of which is read, but only apiVersion, kind, and of metadata name and
/// annotations are kept.
Result<Value> head_from_yaml(std::string_view text, std::string_view name);
/// Every document of a stream.
Result<std::vector<Value>> from_yaml_all(std::string_view text, std::string_view name);

/// sigs.k8s.io/yaml's Marshal; ends with a line break.
std::string to_yaml(const Value& value);

/// yaml.v3's encoder with an indent of two, as it is: lists are indented, floats print as Go prints them (1e+06), lines are
/// not folded. Ends with a line break.
std::string to_yaml_pretty(const Value& value);

/// encoding/json's Unmarshal into an interface{}: every number is a float64; with `integers`, whole ones are
/// int64.
Result<Value> from_json(std::string_view text, NumberKinds kinds = NumberKinds::reals);

/// The first JSON value of the text; `used` is how many bytes it took.
Result<Value> from_json_prefix(std::string_view text, std::size_t& used);

enum class JsonStyle { html_escaped, raw };
/// encoding/json's Marshal: keys sorted, U+2028 and control characters escaped, `<>&` too when html_escaped.
std::string to_json(const Value& value, JsonStyle style = JsonStyle::html_escaped);
/// MarshalIndent with two blanks.
std::string to_json_indented(const Value& value);

/// From and to the tree that the other rooms use. Whole numbers become int64 on the way in.
Value from_tree(const Json& tree);
Json to_tree(const Value& value);

}  // namespace dpctl::chart
