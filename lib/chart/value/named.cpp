#include "lib/chart/value/named.hpp"

#include <algorithm>
#include <array>

#include "lib/base/strings.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

Value encode(const Value&, std::string_view) {
  throw_error("runtime error: invalid memory address or nil pointer dereference");
}

Value as_map(const Value& values, std::string_view) { return values.as_named(false); }

Value yaml(const Value& values, std::string_view) { return Value::string(to_yaml(values)); }

Value table(const Value& values, std::string_view path) {
  Value at = values;
  for (const auto key : split(path, '.')) {
    const auto* next = at.find(key);
    if (next == nullptr || !next->is_map()) throw_error(quote_go(key) + " is not a table");
    at = Value(*next);
  }
  return at.as_named(true);
}

Value path_value(const Value& values, std::string_view path) {
  if (path.empty()) throw_error("YAML path cannot be empty");
  const auto dot = path.rfind('.');
  const auto key = path.substr(dot == std::string_view::npos ? 0 : dot + 1);
  const auto refuse = [&] { throw_error(quote_go(key) + " is not a value"); };
  Value holder = values;
  if (dot != std::string_view::npos) {
    try {
      holder = table(values, path.substr(0, dot));
    } catch (const TemplateError&) {
      refuse();
    }
  }
  const auto* found = holder.find(key);
  if (found == nullptr || found->is_map()) refuse();
  return *found;
}

constexpr std::array kMethods{
    ValuesMethod{"AsMap", 0, 's', as_map},
    ValuesMethod{"YAML", 0, 's', yaml},
    ValuesMethod{"Table", 1, 's', table},
    ValuesMethod{"PathValue", 1, 's', path_value},
    ValuesMethod{"Encode", 1, 'w', encode},
};

}  // namespace

const ValuesMethod* find_values_method(std::string_view name) {
  const auto* found =
      std::find_if(kMethods.begin(), kMethods.end(), [&](const auto& method) { return method.name == name; });
  return found == kMethods.end() ? nullptr : found;
}

}  // namespace dpctl::chart
