// Defaults, kinds and types.
#include <algorithm>
#include <array>

#include "lib/chart/functions/convert.hpp"
#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {
namespace {

Value default_(Call& call) { return call.size() < 2 || is_empty(call[1]) ? call[0] : call[1]; }
Value empty(Call& call) { return Value::boolean(is_empty(call[0])); }
Value coalesce(Call& call) {
  const auto found = std::find_if_not(call.args.begin(), call.args.end(), is_empty);
  return found == call.args.end() ? Value::nil() : *found;
}
Value all(Call& call) { return Value::boolean(std::none_of(call.args.begin(), call.args.end(), is_empty)); }
Value any(Call& call) { return Value::boolean(!std::all_of(call.args.begin(), call.args.end(), is_empty)); }
Value ternary(Call& call) { return call.boolean(2) ? call[0] : call[1]; }
Value type_of(Call& call) { return Value::string(type_name(call[0])); }
Value type_is(Call& call) { return Value::boolean(call.text(0) == type_name(call[1])); }
Value type_is_like(Call& call) {
  const auto type = type_name(call[1]);
  return Value::boolean(call.text(0) == type || "*" + call.text(0) == type);
}
Value kind_of(Call& call) { return Value::string(kind_name(call[0])); }
Value kind_is(Call& call) { return Value::boolean(call.text(0) == kind_name(call[1])); }
Value deep_equal_(Call& call) { return Value::boolean(deep_equal(call[0], call[1])); }
Value hello(Call&) { return Value::string("Hello!"); }

constexpr std::array kTable{
    Function{"default", "aa*", default_},
    Function{"empty", "a", empty},
    Function{"coalesce", "a*", coalesce},
    Function{"all", "a*", all},
    Function{"any", "a*", any},
    Function{"ternary", "aab", ternary},
    Function{"typeOf", "a", type_of},
    Function{"typeIs", "sa", type_is},
    Function{"typeIsLike", "sa", type_is_like},
    Function{"kindOf", "a", kind_of},
    Function{"kindIs", "sa", kind_is},
    Function{"deepEqual", "aa", deep_equal_},
    Function{"hello", "", hello},
};

}  // namespace

std::span<const Function> logic_functions() { return kTable; }

}  // namespace dpctl::chart
