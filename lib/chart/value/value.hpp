#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dpctl::chart {

/// What Go's reflection would say of a value. `invalid` is Go's untyped nil (a variable that holds nothing);
/// `nil` is an empty interface read from a map or a list. Templates see a difference: a field of `nil` is an
/// error, a field of `invalid` is empty.
enum class Kind : std::uint8_t {
  invalid,
  nil,
  boolean,
  integer,
  int64,
  byte,
  real,
  string,
  list,
  map,
  object
};

/// Element type of a Go slice or map: printing does not care, `typeOf`, missing keys and comparison do.
enum class Elem : std::uint8_t { any, string, integer, byte, list };

class Value;
class Object;

namespace detail {
struct Counted {
  std::uint32_t refs = 1;
};
struct Str : Counted {
  std::string text;
};
struct List;
struct Map;
}  // namespace detail

/// A template's value: 16 bytes, Go's number kinds kept apart, strings, lists and maps shared by reference
/// count. Maps are mutable and shared, as in Go: `set` and `merge` change what every holder sees. Lists are
/// never changed in place. Counts are not atomic: one tree belongs to one thread at a time. Cycles (a map set
/// into itself) are leaked, not followed.
class Value {
 public:
  Value() noexcept : kind_(Kind::invalid) { data_.i = 0; }
  Value(const Value& other) noexcept : kind_(other.kind_), named_(other.named_), data_(other.data_) {
    retain();
  }
  Value(Value&& other) noexcept : kind_(other.kind_), named_(other.named_), data_(other.data_) {
    other.kind_ = Kind::invalid;
  }
  Value& operator=(const Value& other) noexcept {
    Value copy(other);
    swap(copy);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Value() {
    if (kind_ >= Kind::string) release();
  }

  static Value nil() noexcept { return Value(Kind::nil, 0); }
  static Value boolean(bool b) noexcept { return Value(Kind::boolean, b ? 1 : 0); }
  static Value integer(std::int64_t i) noexcept { return Value(Kind::integer, i); }
  static Value int64(std::int64_t i) noexcept { return Value(Kind::int64, i); }
  static Value byte(std::uint8_t b) noexcept { return Value(Kind::byte, b); }
  static Value real(double d) noexcept {
    Value v;
    v.kind_ = Kind::real;
    v.data_.d = d;
    return v;
  }
  static Value string(std::string text);
  static Value string(std::string_view text) { return string(std::string(text)); }
  static Value string(const char* text) { return string(std::string(text)); }
  static Value list(std::vector<Value> items, Elem elem = Elem::any);
  /// Go's nil slice: an empty list that JSON writes as null.
  static Value nil_list(Elem elem = Elem::any);
  static Value map(Elem elem = Elem::any);
  /// Go's nil map: an empty one that JSON writes as null and that nothing can be set in.
  static Value nil_map();
  static Value object(std::shared_ptr<const Object> object);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_nil() const noexcept { return kind_ <= Kind::nil; }
  [[nodiscard]] bool is_string() const noexcept { return kind_ == Kind::string; }
  [[nodiscard]] bool is_map() const noexcept { return kind_ == Kind::map; }
  [[nodiscard]] bool is_list() const noexcept { return kind_ == Kind::list; }
  [[nodiscard]] bool is_bool() const noexcept { return kind_ == Kind::boolean; }
  [[nodiscard]] bool is_integer() const noexcept {
    return kind_ == Kind::integer || kind_ == Kind::int64 || kind_ == Kind::byte;
  }

  // Accessors: the kind must be right; the caller has looked.
  [[nodiscard]] bool as_bool() const noexcept { return data_.i != 0; }
  [[nodiscard]] std::int64_t as_int() const noexcept { return data_.i; }
  [[nodiscard]] double as_real() const noexcept { return data_.d; }
  [[nodiscard]] const std::string& as_string() const noexcept;
  [[nodiscard]] const std::vector<Value>& as_list() const noexcept;
  [[nodiscard]] detail::Map& as_map() const noexcept;
  [[nodiscard]] const Object& as_object() const noexcept;
  [[nodiscard]] Elem elem() const noexcept;
  [[nodiscard]] bool is_nil_list() const noexcept;
  [[nodiscard]] bool is_nil_map() const noexcept;

  /// Is this map of Helm's own type `Values` rather than a plain map, this list its `VersionSet`? It belongs
  /// to the holder, not to the map: a chart's `.Values` is named while the same map, reached from the parent
  /// chart as `.Values.sub`, is not. `typeOf`, `dig` and methods tell them apart.
  [[nodiscard]] bool is_named() const noexcept { return named_; }
  /// The same map, of the other type.
  [[nodiscard]] Value as_named(bool named) const noexcept {
    Value value(*this);
    value.named_ = named;
    return value;
  }

  /// Same map or list (not an equal one).
  [[nodiscard]] bool same(const Value& other) const noexcept {
    return kind_ == other.kind_ && data_.p == other.data_.p;
  }

  /// In a map: the value under the key, or nullptr. In anything else: nullptr.
  [[nodiscard]] const Value* find(std::string_view key) const noexcept;
  /// Down a path of keys; nullptr as soon as one is missing.
  [[nodiscard]] const Value* find_path(std::span<const std::string_view> path) const noexcept;

  void swap(Value& other) noexcept {
    std::swap(kind_, other.kind_);
    std::swap(named_, other.named_);
    std::swap(data_, other.data_);
  }

 private:
  Value(Kind kind, std::int64_t i) noexcept : kind_(kind) { data_.i = i; }
  void retain() const noexcept {
    if (kind_ >= Kind::string) ++data_.p->refs;
  }
  void release() noexcept;

  Kind kind_;
  bool named_ = false;
  union {
    std::int64_t i;
    double d;
    detail::Counted* p;
  } data_;
};

namespace detail {
struct List : Counted {
  std::vector<Value> items;
  Elem elem = Elem::any;
  bool nil = false;
};

/// A Go map: string keys kept in byte order (Go ranges over sorted keys), found by halving.
struct Map : Counted {
  struct Entry {
    Entry(Value k, Value v);
    Value key;  ///< always a string; shared, so that copying a map does not copy its keys
    Value value;
    std::uint64_t
        front;  ///< the key's first bytes, in an order that compares as they do: most keys differ there
    [[nodiscard]] const std::string& name() const noexcept { return key.as_string(); }
  };
  std::vector<Entry> entries;
  Elem elem = Elem::any;
  bool nil = false;

  [[nodiscard]] Value* find(std::string_view key) noexcept;
  void set(std::string_view key, Value value);
  void set(const Value& key, Value value);
  bool erase(std::string_view key) noexcept;

 private:
  [[nodiscard]] std::size_t lower_bound(std::string_view key) const noexcept;
};

struct Box : Counted {
  std::shared_ptr<const Object> object;
};
}  // namespace detail

using Map = detail::Map;

/// Something with fields and methods that Helm hands to templates as a Go struct: .Capabilities, .Files, a
/// time, a version.
class Object {
 public:
  virtual ~Object() = default;
  /// Go's spelling: "*common.Capabilities".
  [[nodiscard]] virtual std::string_view type_name() const = 0;
  /// Go's reflect.Kind of it: "ptr", "struct", "map", "slice".
  [[nodiscard]] virtual std::string_view kind_name() const { return "struct"; }
  /// A field's value; invalid when there is no such field.
  [[nodiscard]] virtual Value field(std::string_view name) const = 0;
  [[nodiscard]] virtual bool has_method(std::string_view) const { return false; }
  /// Number of arguments of that method; -1 for any number.
  [[nodiscard]] virtual int arity(std::string_view) const { return 0; }
  /// Calls it. Throws TemplateError when the method itself fails.
  [[nodiscard]] virtual Value call(std::string_view, std::span<const Value>) const { return {}; }
  /// As `fmt` prints it with %v (Stringer included).
  [[nodiscard]] virtual std::string print() const = 0;
  /// As an action writes it: Go takes the address there, so a method of the pointer counts.
  [[nodiscard]] virtual std::string show() const { return print(); }
  /// What a JSON or YAML encoder sees.
  [[nodiscard]] virtual Value plain() const = 0;
  /// Keys of plain() in the order of the struct's declaration, which is how JSON is written; empty: sorted,
  /// as of a map.
  [[nodiscard]] virtual std::span<const std::string_view> declared_fields() const { return {}; }
  [[nodiscard]] virtual bool truth() const { return true; }
};

// Building and looking, for code that is not a template.
Value map_of(std::initializer_list<std::pair<std::string_view, Value>> entries);
Value strings_of(std::vector<std::string> texts);

/// Go's truth: false, 0, "", nil and empty collections are false; a struct is always true.
bool truth(const Value& value);

/// reflect.DeepEqual: types must agree, so 1 and 1.0 differ.
bool deep_equal(const Value& a, const Value& b);

/// A copy that shares no map with the original (lists are copied when they hold maps).
Value deep_copy(const Value& value);

/// Go's type name: "string", "float64", "map[string]interface {}".
std::string type_name(const Value& value);
/// Go's reflect.Kind: "map", "slice", "float64", "invalid".
std::string_view kind_name(const Value& value);

/// Sorted keys of a map.
std::vector<std::string> keys_of(const Value& map);

}  // namespace dpctl::chart
