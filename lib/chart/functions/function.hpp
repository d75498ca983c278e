#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

struct Function;
class Execution;

/// One call of a function: its arguments, already checked against the signature by the executor, as Go does
/// before a call.
struct Call {
  Execution& execution;
  const Function& function;
  std::span<Value> args;

  [[nodiscard]] std::size_t size() const { return args.size(); }
  [[nodiscard]] const Value& operator[](std::size_t i) const { return args[i]; }
  [[nodiscard]] const std::string& text(std::size_t i) const { return args[i].as_string(); }
  [[nodiscard]] std::int64_t integer(std::size_t i) const { return args[i].as_int(); }
  [[nodiscard]] bool boolean(std::size_t i) const { return args[i].as_bool(); }
  [[nodiscard]] double real(std::size_t i) const { return args[i].as_real(); }
  /// The map argument; nullptr when a nil map was given.
  [[nodiscard]] Map* map(std::size_t i) const { return args[i].is_map() ? &args[i].as_map() : nullptr; }
  /// The list argument; empty when a nil list was given.
  [[nodiscard]] std::span<const Value> list(std::size_t i) const {
    return args[i].is_list() ? std::span<const Value>(args[i].as_list()) : std::span<const Value>();
  }
};

/// A row of the function table. `signature` has a letter for each parameter, of Go's types:
/// s string · i int · f float64 · b bool · a interface{} · m map[string]interface{} · l []interface{} · t
/// time.Time · c sprig's certificate · r reflect.Value; a final `*` makes the last one variadic.
struct Function {
  enum class Special : std::uint8_t { none, and_, or_, call };

  std::string_view name;
  std::string_view signature;
  Value (*run)(Call&);
  /// `and` and `or` are evaluated argument by argument; `call` gets the words of its first argument as its last.
  Special special = Special::none;

  [[nodiscard]] bool variadic() const { return signature.ends_with('*'); }
  /// Number of parameters before the variadic one.
  [[nodiscard]] std::size_t fixed() const { return variadic() ? signature.size() - 2 : signature.size(); }
  [[nodiscard]] char parameter(std::size_t i) const {
    return i < fixed() ? signature[i] : signature[signature.size() - 2];
  }
};

/// nullptr when there is none.
const Function* find_function(std::string_view name);
/// Of all functions, sorted.
std::vector<std::string_view> function_names();

// The families, one file each.
std::span<const Function> builtin_functions();  // Go's own
std::span<const Function> string_functions();
std::span<const Function> word_functions();  // cases of identifiers, wrapping
std::span<const Function> list_functions();
std::span<const Function> dict_functions();
std::span<const Function> math_functions();
std::span<const Function> logic_functions();  // defaults, types, flow
std::span<const Function> regex_functions();
std::span<const Function> encoding_functions();  // base64, hashes
std::span<const Function> data_functions();      // yaml, json, toml
std::span<const Function> path_functions();
std::span<const Function> url_functions();
std::span<const Function> date_functions();
std::span<const Function> semver_functions();
std::span<const Function> random_functions();
std::span<const Function> crypto_functions();  // keys and certificates
std::span<const Function> engine_functions();  // include, tpl, required, fail, lookup

}  // namespace dpctl::chart
