// Sprig's lists. A list is never changed in place: each function answers with a new one.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/chart/functions/convert.hpp"
#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {
namespace {

constexpr std::size_t kMaxItems = 10'000'000;
constexpr const char* kNilDereference = "runtime error: invalid memory address or nil pointer dereference";

const std::vector<Value>& items(const Value& value, std::string_view what) {
  if (value.is_nil()) throw_error(kNilDereference);
  if (!value.is_list()) throw_error(fmt::format("Cannot {} type {}", what, kind_name(value)));
  return value.as_list();
}

Value list(Call& call) { return Value::list({call.args.begin(), call.args.end()}); }

Value append(Call& call) {
  auto copy = items(call[0], "push on");
  copy.push_back(call[1]);
  return Value::list(std::move(copy));
}
Value prepend(Call& call) {
  auto copy = items(call[0], "prepend on");
  copy.insert(copy.begin(), call[1]);
  return Value::list(std::move(copy));
}
Value first(Call& call) {
  const auto& all = items(call[0], "find first on");
  return all.empty() ? Value::nil() : all.front();
}
Value last(Call& call) {
  const auto& all = items(call[0], "find last on");
  return all.empty() ? Value::nil() : all.back();
}
Value rest(Call& call) {
  const auto& all = items(call[0], "find rest on");
  return all.empty() ? Value::nil_list() : Value::list({all.begin() + 1, all.end()});
}
Value initial(Call& call) {
  const auto& all = items(call[0], "find initial on");
  return all.empty() ? Value::nil_list() : Value::list({all.begin(), all.end() - 1});
}
Value reverse(Call& call) {
  auto copy = items(call[0], "find reverse on");
  std::reverse(copy.begin(), copy.end());
  return Value::list(std::move(copy));
}
Value compact(Call& call) {
  std::vector<Value> kept;
  for (const auto& item : items(call[0], "compact on"))
    if (!is_empty(item)) kept.push_back(item);
  return Value::list(std::move(kept));
}

bool holds(std::span<const Value> haystack, const Value& needle) {
  return std::any_of(haystack.begin(), haystack.end(),
                     [&](const Value& item) { return deep_equal(needle, item); });
}

Value uniq(Call& call) {
  std::vector<Value> kept;
  for (const auto& item : items(call[0], "find uniq on"))
    if (!holds(kept, item)) kept.push_back(item);
  return Value::list(std::move(kept));
}
Value without(Call& call) {
  std::vector<Value> kept;
  for (const auto& item : items(call[0], "find without on"))
    if (!holds(call.args.subspan(1), item)) kept.push_back(item);
  return Value::list(std::move(kept));
}
Value has(Call& call) {
  if (call[1].is_nil()) return Value::boolean(false);
  return Value::boolean(holds(items(call[1], "find has on"), call[0]));
}
Value slice(Call& call) {
  if (call[0].is_nil()) throw_error(kNilDereference);
  if (!call[0].is_list())
    throw_error(fmt::format("list should be type of slice or array but {}", kind_name(call[0])));
  const auto& all = call[0].as_list();
  if (all.empty()) return Value::nil();
  const auto size = static_cast<std::int64_t>(all.size());
  const auto start = call.size() > 1 ? to_int64(call[1]) : 0;
  const auto end = call.size() > 2 ? to_int64(call[2]) : size;
  if (start < 0 || end < start || end > size) throw_error("reflect.Value.Slice: slice index out of bounds");
  return Value::list({all.begin() + start, all.begin() + end}, call[0].elem());
}
Value concat(Call& call) {
  std::vector<Value> all;
  for (const auto& part : call.args) {
    if (part.is_nil()) throw_error(kNilDereference);
    if (!part.is_list()) throw_error(fmt::format("Cannot concat type {} as list", kind_name(part)));
    all.insert(all.end(), part.as_list().begin(), part.as_list().end());
    if (all.size() > kMaxItems) throw_error("a list is larger than its bound");
  }
  return all.empty() ? Value::nil_list() : Value::list(std::move(all));
}
Value chunk(Call& call) {
  const auto& all = items(call[1], "chunk");
  const auto size = call.integer(0);
  // Sprig computes the number of chunks and the length of the last one in floating point; sizes below one
  // make no sense and not always an error.
  const auto length = static_cast<double>(all.size());
  const double count = std::floor((length - 1) / static_cast<double>(size)) + 1;
  const double rest = std::fmod(length, static_cast<double>(size));
  const bool one_of_all = size < 0 && count == 1 && rest > 0;
  if (!one_of_all && (!(count >= 0 && count <= static_cast<double>(kMaxItems)) || (size < 0 && count > 0)))
    throw_error("runtime error: makeslice: len out of range");
  if (one_of_all) return Value::list({Value::list(all)}, Elem::list);
  std::vector<Value> chunks;
  for (std::size_t at = 0; size > 0 && at < all.size(); at += static_cast<std::size_t>(size)) {
    const auto end = std::min(all.size(), at + static_cast<std::size_t>(size));
    chunks.push_back(Value::list(
        {all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(end)}));
  }
  return Value::list(std::move(chunks), Elem::list);
}
Value sort_alpha(Call& call) {
  auto texts = to_texts(call[0]);
  if (call[0].is_nil()) return strings_of({"<nil>"});
  if (call[0].is_list()) std::sort(texts.begin(), texts.end());
  return strings_of(std::move(texts));
}

Value integers(std::int64_t start, std::int64_t stop, std::int64_t step) {
  std::vector<Value> all;
  const bool down = stop < start;
  if ((down && step < 0) || (!down && step > 0)) {
    for (auto i = start; down ? i > stop : i < stop; i += step) {
      all.push_back(Value::integer(i));
      if (all.size() > kMaxItems) throw_error("a list is larger than its bound");
    }
  }
  return Value::list(std::move(all), Elem::integer);
}

Value until(Call& call) { return integers(0, call.integer(0), call.integer(0) < 0 ? -1 : 1); }
Value until_step(Call& call) { return integers(call.integer(0), call.integer(1), call.integer(2)); }

Value seq(Call& call) {
  const auto text = [](std::int64_t start, std::int64_t stop, std::int64_t step) {
    const auto printed = print(integers(start, stop, step));
    return Value::string(printed.substr(1, printed.size() - 2));
  };
  switch (call.size()) {
    case 1: {
      const auto end = call.integer(0);
      const std::int64_t by = end < 1 ? -1 : 1;
      return text(1, end + by, by);
    }
    case 2: {
      const std::int64_t by = call.integer(1) < call.integer(0) ? -1 : 1;
      return text(call.integer(0), call.integer(1) + by, by);
    }
    case 3: {
      const auto start = call.integer(0);
      const auto step = call.integer(1);
      const auto end = call.integer(2);
      if (end < start && step > 0) return Value::string("");
      return text(start, end + (end < start ? -1 : 1), step);
    }
    default: return Value::string("");
  }
}

constexpr std::array kTable{
    Function{"list", "a*", list},        Function{"tuple", "a*", list},
    Function{"append", "aa", append},    Function{"mustAppend", "aa", append},
    Function{"push", "aa", append},      Function{"mustPush", "aa", append},
    Function{"prepend", "aa", prepend},  Function{"mustPrepend", "aa", prepend},
    Function{"first", "a", first},       Function{"mustFirst", "a", first},
    Function{"last", "a", last},         Function{"mustLast", "a", last},
    Function{"rest", "a", rest},         Function{"mustRest", "a", rest},
    Function{"initial", "a", initial},   Function{"mustInitial", "a", initial},
    Function{"reverse", "a", reverse},   Function{"mustReverse", "a", reverse},
    Function{"compact", "a", compact},   Function{"mustCompact", "a", compact},
    Function{"uniq", "a", uniq},         Function{"mustUniq", "a", uniq},
    Function{"without", "aa*", without}, Function{"mustWithout", "aa*", without},
    Function{"has", "aa", has},          Function{"mustHas", "aa", has},
    Function{"slice", "aa*", slice},     Function{"mustSlice", "aa*", slice},
    Function{"concat", "a*", concat},    Function{"chunk", "ia", chunk},
    Function{"mustChunk", "ia", chunk},  Function{"sortAlpha", "a", sort_alpha},
    Function{"until", "i", until},       Function{"untilStep", "iii", until_step},
    Function{"seq", "i*", seq},
};

}  // namespace

std::span<const Function> list_functions() { return kTable; }

}  // namespace dpctl::chart
