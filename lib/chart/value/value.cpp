#include "lib/chart/value/value.hpp"

#include <endian.h>

#include <algorithm>
#include <cstring>

#include "lib/chart/text/error.hpp"

namespace dpctl::chart {
using detail::Box;
using detail::List;
using detail::Str;

Value Value::string(std::string text) {
  auto* str = new Str;
  str->text = std::move(text);
  Value v;
  v.kind_ = Kind::string;
  v.data_.p = str;
  return v;
}

Value Value::list(std::vector<Value> items, Elem elem) {
  auto* list = new List;
  list->items = std::move(items);
  list->elem = elem;
  Value v;
  v.kind_ = Kind::list;
  v.data_.p = list;
  return v;
}

Value Value::nil_list(Elem elem) {
  auto value = list({}, elem);
  static_cast<List*>(value.data_.p)->nil = true;
  return value;
}

Value Value::map(Elem elem) {
  auto* map = new detail::Map;
  map->elem = elem;
  Value v;
  v.kind_ = Kind::map;
  v.data_.p = map;
  return v;
}

Value Value::nil_map() {
  auto value = map();
  value.as_map().nil = true;
  return value;
}

Value Value::object(std::shared_ptr<const Object> object) {
  auto* box = new Box;
  box->object = std::move(object);
  Value v;
  v.kind_ = Kind::object;
  v.data_.p = box;
  return v;
}

const std::string& Value::as_string() const noexcept { return static_cast<const Str*>(data_.p)->text; }
const std::vector<Value>& Value::as_list() const noexcept { return static_cast<const List*>(data_.p)->items; }
detail::Map& Value::as_map() const noexcept { return *static_cast<detail::Map*>(data_.p); }
const Object& Value::as_object() const noexcept { return *static_cast<const Box*>(data_.p)->object; }

Elem Value::elem() const noexcept {
  if (kind_ == Kind::list) return static_cast<const List*>(data_.p)->elem;
  if (kind_ == Kind::map) return static_cast<const detail::Map*>(data_.p)->elem;
  return Elem::any;
}

bool Value::is_nil_list() const noexcept {
  return kind_ == Kind::list && static_cast<const List*>(data_.p)->nil;
}

bool Value::is_nil_map() const noexcept {
  return kind_ == Kind::map && static_cast<const detail::Map*>(data_.p)->nil;
}

namespace {

void destroy(Kind kind, detail::Counted* thing) noexcept {
  if (kind == Kind::list) {
    delete static_cast<List*>(thing);
  } else {
    delete static_cast<detail::Map*>(thing);
  }
}

/// A template can build a list in a list in a list as deep as it likes: from some depth on, what is inside
/// waits its turn instead of taking our stack.
void destroy_bounded(Kind kind, detail::Counted* thing) noexcept {
  constexpr int kMost = 500;
  thread_local int depth = 0;
  thread_local std::vector<std::pair<Kind, detail::Counted*>> waiting;
  if (depth >= kMost) {
    waiting.emplace_back(kind, thing);
    return;
  }
  ++depth;
  destroy(kind, thing);
  while (depth == 1 && !waiting.empty()) {
    const auto [next_kind, next] = waiting.back();
    waiting.pop_back();
    destroy(next_kind, next);
  }
  --depth;
}

}  // namespace

void Value::release() noexcept {
  if (--data_.p->refs != 0) return;
  switch (kind_) {
    case Kind::string: delete static_cast<Str*>(data_.p); break;
    case Kind::list:
    case Kind::map: destroy_bounded(kind_, data_.p); break;
    default: delete static_cast<Box*>(data_.p); break;
  }
}

const Value* Value::find(std::string_view key) const noexcept {
  return kind_ == Kind::map ? as_map().find(key) : nullptr;
}

const Value* Value::find_path(std::span<const std::string_view> path) const noexcept {
  const Value* at = this;
  for (const auto key : path) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

namespace {

/// The first eight bytes as a number that is smaller when they are; what is shorter ends in zeros.
std::uint64_t front_of(std::string_view text) noexcept {
  std::uint64_t front = 0;
  if (!text.empty()) std::memcpy(&front, text.data(), std::min(text.size(), sizeof front));
  return be64toh(front);
}

bool is_before(const Map::Entry& entry, std::uint64_t front, std::string_view key) noexcept {
  return entry.front < front || (entry.front == front && std::string_view(entry.name()) < key);
}

}  // namespace

namespace detail {

Map::Entry::Entry(Value k, Value v)
    : key(std::move(k)), value(std::move(v)), front(front_of(key.as_string())) {}

std::size_t Map::lower_bound(std::string_view key) const noexcept {
  const auto front = front_of(key);
  std::size_t low = 0;
  std::size_t high = entries.size();
  while (low < high) {
    const std::size_t mid = (low + high) / 2;
    if (is_before(entries[mid], front, key)) {
      low = mid + 1;
    } else {
      high = mid;
    }
  }
  return low;
}

Value* Map::find(std::string_view key) noexcept {
  const auto at = lower_bound(key);
  return at < entries.size() && entries[at].name() == key ? &entries[at].value : nullptr;
}

void Map::set(std::string_view key, Value value) {
  if (auto* old = find(key)) {
    *old = std::move(value);
    return;
  }
  set(Value::string(key), std::move(value));
}

void Map::set(const Value& key, Value value) {
  const std::string& name = key.as_string();
  // Keys mostly arrive in order.
  if (entries.empty() || is_before(entries.back(), front_of(name), name)) {
    entries.emplace_back(key, std::move(value));
    return;
  }
  const auto at = lower_bound(name);
  if (at < entries.size() && entries[at].name() == name) {
    entries[at].value = std::move(value);
  } else {
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(at), Entry(key, std::move(value)));
  }
}

bool Map::erase(std::string_view key) noexcept {
  const auto at = lower_bound(key);
  if (at == entries.size() || entries[at].name() != key) return false;
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

}  // namespace detail

Value map_of(std::initializer_list<std::pair<std::string_view, Value>> entries) {
  auto map = Value::map();
  for (const auto& [key, value] : entries) map.as_map().set(key, value);
  return map;
}

Value strings_of(std::vector<std::string> texts) {
  std::vector<Value> items;
  items.reserve(texts.size());
  for (auto& text : texts) items.push_back(Value::string(std::move(text)));
  return Value::list(std::move(items), Elem::string);
}

bool truth(const Value& value) {
  switch (value.kind()) {
    case Kind::invalid:
    case Kind::nil: return false;
    case Kind::boolean: return value.as_bool();
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: return value.as_int() != 0;
    case Kind::real: return value.as_real() != 0.0;
    case Kind::string: return !value.as_string().empty();
    case Kind::list: return !value.as_list().empty();
    case Kind::map: return !value.as_map().entries.empty();
    case Kind::object: return value.as_object().truth();
  }
  return false;
}

namespace {

/// Walks through a value that a template built: one that holds itself, or the same one twice at each of forty
/// levels, has no end that is worth waiting for.
class Walk {
 public:
  void enter() {
    constexpr int kMaxDepth = 1000;
    constexpr std::size_t kMaxNodes = 4'000'000;
    if (++depth_ > kMaxDepth || ++nodes_ > kMaxNodes)
      throw_error("a value is nested too deeply, is too large, or holds itself");
  }
  void leave() { --depth_; }

 private:
  int depth_ = 0;
  std::size_t nodes_ = 0;
};

bool equal(const Value& a, const Value& b, Walk& walk) {
  if (a.is_nil() && b.is_nil()) return true;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::boolean: return a.as_bool() == b.as_bool();
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: return a.as_int() == b.as_int();
    case Kind::real: return a.as_real() == b.as_real();
    case Kind::string: return a.as_string() == b.as_string();
    case Kind::list: {
      if (a.elem() != b.elem() || a.is_nil_list() != b.is_nil_list()) return false;
      if (a.same(b)) return true;
      const auto& x = a.as_list();
      const auto& y = b.as_list();
      walk.enter();
      const bool same = std::equal(x.begin(), x.end(), y.begin(), y.end(),
                                   [&](const Value& l, const Value& r) { return equal(l, r, walk); });
      walk.leave();
      return same;
    }
    case Kind::map: {
      if (a.elem() != b.elem() || a.is_named() != b.is_named() || a.is_nil_map() != b.is_nil_map())
        return false;
      if (a.same(b)) return true;
      const auto& x = a.as_map().entries;
      const auto& y = b.as_map().entries;
      walk.enter();
      const bool same = std::equal(x.begin(), x.end(), y.begin(), y.end(), [&](const auto& l, const auto& r) {
        return l.name() == r.name() && equal(l.value, r.value, walk);
      });
      walk.leave();
      return same;
    }
    case Kind::object: return a.same(b) || a.as_object().print() == b.as_object().print();
    default: return true;
  }
}

Value copied(const Value& value, Walk& walk) {
  if (value.is_map()) {
    walk.enter();
    auto copy = Value::map(value.elem());
    auto& to = copy.as_map();
    to.entries.reserve(value.as_map().entries.size());
    for (const auto& entry : value.as_map().entries)
      to.entries.emplace_back(entry.key, copied(entry.value, walk));
    walk.leave();
    return copy.as_named(value.is_named());
  }
  if (value.is_list()) {
    const auto& items = value.as_list();
    const bool holds_shared =
        std::any_of(items.begin(), items.end(), [](const Value& v) { return v.is_map() || v.is_list(); });
    if (!holds_shared) return value;
    walk.enter();
    std::vector<Value> copies;
    copies.reserve(items.size());
    for (const auto& item : items) copies.push_back(copied(item, walk));
    walk.leave();
    return Value::list(std::move(copies), value.elem());
  }
  return value;
}

}  // namespace

bool deep_equal(const Value& a, const Value& b) {
  Walk walk;
  return equal(a, b, walk);
}

Value deep_copy(const Value& value) {
  Walk walk;
  return copied(value, walk);
}

std::string type_name(const Value& value) {
  const auto element = [](Elem elem) -> std::string {
    switch (elem) {
      case Elem::any: return "interface {}";
      case Elem::string: return "string";
      case Elem::integer: return "int";
      case Elem::byte: return "uint8";
      case Elem::list: return "[]interface {}";
    }
    return "";
  };
  switch (value.kind()) {
    case Kind::invalid:
    case Kind::nil: return "<nil>";
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::int64: return "int64";
    case Kind::byte: return "uint8";
    case Kind::real: return "float64";
    case Kind::string: return "string";
    case Kind::list: return value.is_named() ? "common.VersionSet" : "[]" + element(value.elem());
    case Kind::map: return value.is_named() ? "common.Values" : "map[string]" + element(value.elem());
    case Kind::object: return std::string(value.as_object().type_name());
  }
  return "";
}

std::string_view kind_name(const Value& value) {
  switch (value.kind()) {
    case Kind::invalid:
    case Kind::nil: return "invalid";
    case Kind::boolean: return "bool";
    case Kind::integer: return "int";
    case Kind::int64: return "int64";
    case Kind::byte: return "uint8";
    case Kind::real: return "float64";
    case Kind::string: return "string";
    case Kind::list: return "slice";
    case Kind::map: return "map";
    case Kind::object: return value.as_object().kind_name();
  }
  return "";
}

std::vector<std::string> keys_of(const Value& map) {
  std::vector<std::string> keys;
  if (!map.is_map()) return keys;
  keys.reserve(map.as_map().entries.size());
  for (const auto& entry : map.as_map().entries) keys.push_back(entry.name());
  return keys;
}

}  // namespace dpctl::chart
