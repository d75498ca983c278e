// YAML, JSON and TOML in and out. Helm's readers answer with the error as a value; its `must…` twins fail.
#include <fmt/format.h>

#include <array>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/functions/toml.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

std::string without_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

/// Errors are swallowed: a value that cannot be written is "".
template <class F>
Value lenient(F&& write) {
  try {
    return Value::string(write());
  } catch (const TemplateError&) {
    return Value::string("");
  }
}

Value to_yaml_(Call& call) {
  return lenient([&] { return without_newline(to_yaml(call[0])); });
}
Value to_yaml_pretty_(Call& call) { return Value::string(without_newline(to_yaml_pretty(call[0]))); }
Value must_to_yaml(Call& call) { return Value::string(without_newline(to_yaml(call[0]))); }
Value to_json_(Call& call) {
  return lenient([&] { return to_json(call[0]); });
}
Value must_to_json(Call& call) { return Value::string(to_json(call[0])); }
Value to_pretty_json(Call& call) {
  return lenient([&] { return to_json_indented(call[0]); });
}
Value must_to_pretty_json(Call& call) { return Value::string(to_json_indented(call[0])); }
Value to_raw_json(Call& call) { return Value::string(to_json(call[0], JsonStyle::raw)); }

constexpr std::string_view kYamlMismatch =
    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
constexpr std::string_view kJsonMismatch = "json: cannot unmarshal ";

/// An error of a reader, in Helm's words when it is one of YAML.
std::string words_of(const Error& error, std::string_view mismatch) {
  if (mismatch != kYamlMismatch) return one_line(error);
  std::string_view what = error.what;
  if (constexpr std::string_view kLead = "not valid yaml: "; what.starts_with(kLead)) what.remove_prefix(kLead.size());
  const auto line = error.where ? error.where->line : 0;
  return fmt::format("error converting YAML to JSON: yaml: {}{}", line == 0 ? "" : fmt::format("line {}: ", line), what);
}

/// A map, or {"Error": why}; what is no map is an error too, null is as given.
Value map_or_error(Result<Value> read, std::string_view what, Value null) {
  auto map = Value::map();
  if (!read) {
    map.as_map().set("Error", Value::string(words_of(read.error(), what)));
    return map;
  }
  if (read->is_map()) return *std::move(read);
  if (read->is_nil()) return null;
  const char* kind = read->is_list()     ? "array"
                     : read->is_string() ? "string"
                     : read->is_bool()   ? "bool"
                                         : "number";
  map.as_map().set("Error",
                   Value::string(std::string(what) + kind + " into Go value of type map[string]interface {}"));
  return map;
}
Value list_or_error(Result<Value> read, std::string_view what, Value null) {
  if (!read) return Value::list({Value::string(words_of(read.error(), what))});
  if (read->is_list()) return *std::move(read);
  if (read->is_nil()) return null;
  const char* kind = read->is_map()      ? "object"
                     : read->is_string() ? "string"
                     : read->is_bool()   ? "bool"
                                         : "number";
  return Value::list({Value::string(std::string(what) + kind + " into Go value of type []interface {}")});
}

Value from_yaml_(Call& call) { return map_or_error(from_yaml(call.text(0), "text"), kYamlMismatch, Value::map()); }
Value from_yaml_array(Call& call) { return list_or_error(from_yaml(call.text(0), "text"), kYamlMismatch, Value::list({})); }
Value from_json_(Call& call) { return map_or_error(from_json(call.text(0)), kJsonMismatch, Value::nil_map()); }
Value from_json_array(Call& call) { return list_or_error(from_json(call.text(0)), kJsonMismatch, Value::nil_list()); }
Value must_from_json(Call& call) {
  auto value = from_json(call.text(0));
  if (!value) throw_error(value.error().what);
  return *std::move(value);
}

Value to_toml_(Call& call) {
  if (call[0].is_nil()) throw_error("reflect: call of reflect.Value.Type on zero Value");
  try {
    return Value::string(to_toml(call[0]));
  } catch (const TemplateError& error) {
    return Value::string(error.text);
  }
}
Value from_toml_(Call& call) {
  auto value = from_toml(call.text(0));
  if (value) return *std::move(value);
  auto map = Value::map();
  map.as_map().set("Error", Value::string(value.error().what));
  return map;
}

constexpr std::array kTable{
    Function{"toYaml", "a", to_yaml_},
    Function{"mustToYaml", "a", must_to_yaml},
    Function{"toYamlPretty", "a", to_yaml_pretty_},
    Function{"fromYaml", "s", from_yaml_},
    Function{"fromYamlArray", "s", from_yaml_array},
    Function{"toJson", "a", to_json_},
    Function{"mustToJson", "a", must_to_json},
    Function{"toPrettyJson", "a", to_pretty_json},
    Function{"mustToPrettyJson", "a", must_to_pretty_json},
    Function{"toRawJson", "a", to_raw_json},
    Function{"mustToRawJson", "a", to_raw_json},
    Function{"fromJson", "s", from_json_},
    Function{"fromJsonArray", "s", from_json_array},
    Function{"mustFromJson", "s", must_from_json},
    Function{"toToml", "a", to_toml_},
    Function{"fromToml", "s", from_toml_},
};

}  // namespace

std::span<const Function> data_functions() { return kTable; }

}  // namespace dpctl::chart
