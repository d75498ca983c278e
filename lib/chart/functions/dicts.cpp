// Sprig's dictionaries. `set`, `unset` and the merges change the map that they are given: every holder of it
// sees the change.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/chart/functions/convert.hpp"
#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {
namespace {

Value dict(Call& call) {
  auto map = Value::map();
  for (std::size_t i = 0; i < call.size(); i += 2) {
    const Value key = call[i].is_string() ? call[i] : Value::string(to_text(call[i]));
    Value value = i + 1 < call.size() ? call[i + 1] : Value::string("");
    map.as_map().set(key, value.kind() == Kind::invalid ? Value::nil() : std::move(value));
  }
  return map;
}

Value get(Call& call) {
  const auto* found = call.map(0) != nullptr ? call.map(0)->find(call.text(1)) : nullptr;
  return found != nullptr ? *found : Value::string("");
}

Value set(Call& call) {
  if (call.map(0) == nullptr || call[0].is_nil_map()) throw_error("assignment to entry in nil map");
  call.map(0)->set(call[1], call[2].kind() == Kind::invalid ? Value::nil() : call[2]);
  return call[0];
}

Value unset(Call& call) {
  if (call.map(0) != nullptr) call.map(0)->erase(call.text(1));
  return call[0];
}

Value has_key(Call& call) {
  return Value::boolean(call.map(0) != nullptr && call.map(0)->find(call.text(1)) != nullptr);
}

Value pluck(Call& call) {
  std::vector<Value> found;
  for (std::size_t i = 1; i < call.size(); ++i)
    if (const auto* value = call[i].find(call.text(0)); value != nullptr) found.push_back(*value);
  return Value::list(std::move(found));
}

Value keys(Call& call) {
  std::vector<Value> all;
  for (const auto& map : call.args) {
    if (!map.is_map()) continue;
    for (const auto& entry : map.as_map().entries) all.push_back(entry.key);
  }
  return Value::list(std::move(all), Elem::string);
}

Value values(Call& call) {
  std::vector<Value> all;
  if (const auto* map = call.map(0); map != nullptr)
    for (const auto& entry : map->entries) all.push_back(entry.value);
  return Value::list(std::move(all));
}

Value pick(Call& call) {
  auto kept = Value::map();
  for (std::size_t i = 1; i < call.size(); ++i)
    if (const auto* value = call[0].find(call.text(i)); value != nullptr) kept.as_map().set(call[i], *value);
  return kept;
}

Value omit(Call& call) {
  auto kept = Value::map();
  if (const auto* map = call.map(0); map != nullptr) {
    for (const auto& entry : map->entries) {
      const auto names = call.args.subspan(1);
      if (std::none_of(names.begin(), names.end(),
                       [&](const Value& name) { return name.as_string() == entry.name(); }))
        kept.as_map().entries.push_back(entry);
    }
  }
  return kept;
}

Value dig(Call& call) {
  if (call.size() < 3) throw_error("dig needs at least three arguments");
  Value at = call[call.size() - 1];
  const auto not_a = [](const Value& value, std::string_view wanted) {
    throw_error(value.is_nil() ? fmt::format("interface conversion: interface {{}} is nil, not {}", wanted)
                               : fmt::format("interface conversion: interface {{}} is {}, not {}",
                                             type_name(value), wanted));
  };
  constexpr std::string_view kMapType = "map[string]interface {}";
  const auto is_plain_map = [](const Value& value) {
    return value.is_map() && value.elem() == Elem::any && !value.is_named();
  };
  if (!is_plain_map(at)) not_a(at, kMapType);
  const auto count = call.size() - 2;
  for (std::size_t i = 0; i < count; ++i)
    if (!call[i].is_string()) not_a(call[i], "string");
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_plain_map(at)) not_a(at, kMapType);
    const auto* found = at.as_map().find(call.text(i));
    if (found == nullptr) return call[count];
    at = Value(*found);
  }
  return at;
}

/// mergo's rules: a destination that is missing or holds a zero value is filled, with a zero value too; maps
/// are merged; a null of the source counts only when it overwrites; source maps are shared.
void merge_into(Map& to, const Map& from, bool overwrite, int depth) {
  if (depth > 1000) throw_error("maps are nested too deeply to merge");
  const auto entries = from.entries;  // `to` may be `from`
  for (const auto& entry : entries) {
    if (entry.value.is_nil() && !overwrite) continue;
    Value* old = to.find(entry.name());
    if (old == nullptr) {
      to.set(entry.key, entry.value);
      continue;
    }
    if (old->is_map() && entry.value.is_map()) {
      if (old->same(entry.value)) continue;
      const Value held = *old;
      merge_into(held.as_map(), entry.value.as_map(), overwrite, depth + 1);
      if (!is_empty(held)) continue;
      old = to.find(entry.name());
    }
    if (overwrite || is_empty(*old)) *old = entry.value;
  }
}

Value merge_all(Call& call, bool overwrite) {
  Value to = call[0].is_map() ? call[0] : Value::nil_map();
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (!call[i].is_map() || call[i].is_nil_map()) continue;
    if (to.is_nil_map()) to = Value::map();
    merge_into(to.as_map(), call[i].as_map(), overwrite, 0);
  }
  return to;
}

Value merge(Call& call) { return merge_all(call, false); }
Value merge_overwrite(Call& call) { return merge_all(call, true); }
Value copy(Call& call) {
  if (call[0].is_nil()) throw_error("reflect: call of reflect.Value.Type on zero Value");
  return deep_copy(call[0]);
}

constexpr std::array kTable{
    Function{"dict", "a*", dict},
    Function{"get", "ms", get},
    Function{"set", "msa", set},
    Function{"unset", "ms", unset},
    Function{"hasKey", "ms", has_key},
    Function{"pluck", "sm*", pluck},
    Function{"keys", "m*", keys},
    Function{"values", "m", values},
    Function{"pick", "ms*", pick},
    Function{"omit", "ms*", omit},
    Function{"dig", "a*", dig},
    Function{"merge", "mm*", merge},
    Function{"mustMerge", "mm*", merge},
    Function{"mergeOverwrite", "mm*", merge_overwrite},
    Function{"mustMergeOverwrite", "mm*", merge_overwrite},
    Function{"deepCopy", "a", copy},
    Function{"mustDeepCopy", "a", copy},
};

}  // namespace

std::span<const Function> dict_functions() { return kTable; }

}  // namespace dpctl::chart
