#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/yaml_reader.hpp"
#include "lib/data/yaml_writer.hpp"

namespace dpctl::chart {
namespace {

/// Builds a Value from a reader's events.
class Builder final : public yaml::Handler {
 public:
  explicit Builder(NumberKinds kinds) : kinds_(kinds) {}
  void on_scalar(const yaml::Scalar& scalar, const yaml::Mark&) override { put(value_of(scalar)); }
  void on_list_begin(const yaml::Mark&) override { open_.push_back({Value(), {}, true, {}}); }
  void on_list_end() override { close(Value::list(std::move(open_.back().items))); }
  void on_map_begin(const yaml::Mark&) override { open_.push_back({Value::map(), {}, false, {}}); }
  void on_key(std::string_view key, const yaml::Mark&) override { open_.back().key = Value::string(key); }
  void on_map_end() override { close(std::move(open_.back().map)); }

  Value take() { return std::move(root_); }

 private:
  struct Open {
    Value map;
    std::vector<Value> items;
    bool list;
    Value key;
  };

  [[nodiscard]] Value value_of(const yaml::Scalar& scalar) const {
    using Kind = yaml::Scalar::Kind;
    switch (scalar.kind) {
      case Kind::null: return Value::nil();
      case Kind::boolean: return Value::boolean(scalar.boolean);
      case Kind::integer:
        if (kinds_ == NumberKinds::integers) return Value::int64(scalar.integer);
        return Value::real(static_cast<double>(scalar.integer));
      case Kind::natural: return Value::real(static_cast<double>(scalar.natural));
      case Kind::real: return Value::real(scalar.real);
      case Kind::string: return Value::string(scalar.text);
    }
    return Value::nil();
  }

  void close(Value value) {
    open_.pop_back();
    put(std::move(value));
  }

  void put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().list) {
      open_.back().items.push_back(std::move(value));
    } else {
      open_.back().map.as_map().set(open_.back().key, std::move(value));
    }
  }

  NumberKinds kinds_;
  std::vector<Open> open_;
  Value root_ = Value::nil();
};

/// Builds what an object says it is, and drops the rest: nine tenths of it, and of the time to build it.
class HeadBuilder final : public yaml::Handler {
 public:
  static constexpr std::array<std::string_view, 3> kHead{"apiVersion", "kind", "metadata"};

  void on_scalar(const yaml::Scalar& scalar, const yaml::Mark& at) override {
    if (!drops()) return kept_.on_scalar(scalar, at);
    if (scalar.kind == yaml::Scalar::Kind::real) dropped_unreal_ |= !std::isfinite(scalar.real);
    drop_next_ = false;
  }
  void on_list_begin(const yaml::Mark& at) override {
    if (enters()) kept_.on_list_begin(at);
  }
  void on_list_end() override {
    if (leaves()) kept_.on_list_end();
  }
  void on_map_begin(const yaml::Mark& at) override {
    if (enters()) kept_.on_map_begin(at);
  }
  void on_map_end() override {
    if (leaves()) kept_.on_map_end();
  }
  void on_key(std::string_view key, const yaml::Mark& at) override {
    if (dropped_ > 0) return;
    if (depth_ == 1) {
      in_metadata_ = key == "metadata";
      drop_next_ = std::find(kHead.begin(), kHead.end(), key) == kHead.end();
    } else if (depth_ == 2) {
      drop_next_ = in_metadata_ && key != "name" && key != "annotations";
    }
    if (!drop_next_) kept_.on_key(key, at);
  }

  Value take() { return kept_.take(); }
  /// Was there infinity or NaN in what was dropped?
  [[nodiscard]] bool dropped_unreal() const { return dropped_unreal_; }

 private:
  [[nodiscard]] bool drops() const { return drop_next_ || dropped_ > 0; }
  bool enters() {
    const bool keeps = !drops();
    drop_next_ = false;
    ++(keeps ? depth_ : dropped_);
    return keeps;
  }
  bool leaves() {
    const bool keeps = dropped_ == 0;
    --(keeps ? depth_ : dropped_);
    return keeps;
  }

  Builder kept_{NumberKinds::reals};
  int depth_ = 0, dropped_ = 0;  // open maps and lists
  bool in_metadata_ = false, drop_next_ = false, dropped_unreal_ = false;
};

bool has_unreal_number(const Value& value) {
  if (value.kind() == Kind::real) return !std::isfinite(value.as_real());
  if (value.is_list()) return std::any_of(value.as_list().begin(), value.as_list().end(), has_unreal_number);
  if (value.is_map()) {
    const auto& entries = value.as_map().entries;
    return std::any_of(entries.begin(), entries.end(),
                       [](const auto& entry) { return has_unreal_number(entry.value); });
  }
  return false;
}

Result<std::vector<Value>> read(std::string_view text, std::string_view name, bool first_only,
                                NumberKinds kinds) {
  yaml::Options options;
  options.duplicate_keys = yaml::DuplicateKeys::last_wins;
  options.first_document_only = first_only;
  yaml::Reader reader(text, name, options);
  std::vector<Value> documents;
  for (;;) {
    Builder builder(kinds);
    DPCTL_TRY(const bool more, reader.next(builder));
    if (!more) return documents;
    documents.push_back(builder.take());
    if (has_unreal_number(documents.back()))
      return fail(Code::usage, "{}: infinity and NaN cannot be values", name);
    if (first_only) return documents;
  }
}

constexpr int kMaxDepth = 1000;
constexpr std::size_t kMaxNodes = 4'000'000;

/// Eight bytes at a time: no byte above '~'.
bool is_below_del(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U, kHigh = 0x8080808080808080U;
  std::uint64_t seen = 0;
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    seen |= word | (word + kOnes);
    text.remove_prefix(sizeof word);
  }
  for (const char c : text)
    seen |= static_cast<std::uint64_t>(static_cast<unsigned char>(c) >= 0x7F ? 0x80U : 0U);
  return (seen & kHigh) == 0;
}

/// Helm goes through JSON and reads that as YAML, whose readers refuse some characters.
void check_characters(std::string_view text) {
  if (is_below_del(text)) return;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t rune = next_rune(text, at);
    if (rune == 0x7F || (rune >= 0x80 && rune < 0xA0 && rune != 0x85) || rune == 0xFEFF || rune == 0xFFFE ||
        rune == 0xFFFF)
      throw_error("error converting JSON to YAML: yaml: control characters are not allowed");
  }
}

Value plain_of(const Object& object) {
  try {
    return object.plain();
  } catch (const TemplateError& error) {
    throw_error("error marshaling into JSON: " + error.text);
  }
}

void write(yaml::Writer& writer, const Value& value, int depth, std::size_t& size);

void write_entry(yaml::Writer& writer, const Map::Entry& entry, int depth, std::size_t& size) {
  check_characters(entry.name());
  writer.key(entry.name());
  write(writer, entry.value, depth + 1, size);
}

/// `size` counts the nodes: a value that holds the same one twice at each of many levels is small and its
/// text is not.
void write(yaml::Writer& writer, const Value& value, int depth, std::size_t& size) {
  if (++size > kMaxNodes) throw_error("the text of a value is larger than its bound");
  if (depth > kMaxDepth) throw_error("a value is nested too deeply, or holds itself");
  switch (value.kind()) {
    case Kind::invalid:
    case Kind::nil: writer.null(); break;
    case Kind::boolean: writer.boolean(value.as_bool()); break;
    case Kind::integer:
    case Kind::int64:
    case Kind::byte: writer.integer(value.as_int()); break;
    case Kind::real:
      if (!std::isfinite(value.as_real()))
        throw_error("error marshaling into JSON: json: unsupported value: " + format_real(value.as_real()));
      writer.real(value.as_real());
      break;
    case Kind::string:
      check_characters(value.as_string());
      writer.string(value.as_string());
      break;
    case Kind::list:
      if (value.is_nil_list()) {
        writer.null();
        break;
      }
      writer.begin_list();
      for (const auto& item : value.as_list()) write(writer, item, depth + 1, size);
      writer.end_list();
      break;
    case Kind::map: {
      if (value.is_nil_map()) {
        writer.null();
        break;
      }
      writer.begin_map();
      const auto& entries = value.as_map().entries;
      const auto less = [](const auto& a, const auto& b) { return yaml::natural_less(a.name(), b.name()); };
      if (std::is_sorted(entries.begin(), entries.end(), less)) {  // most are
        for (const auto& entry : entries) write_entry(writer, entry, depth, size);
      } else {
        std::vector<const Map::Entry*> order;
        order.reserve(entries.size());
        for (const auto& entry : entries) order.push_back(&entry);
        std::stable_sort(order.begin(), order.end(),
                         [&](const auto* a, const auto* b) { return less(*a, *b); });
        for (const auto* entry : order) write_entry(writer, *entry, depth, size);
      }
      writer.end_map();
      break;
    }
    case Kind::object: write(writer, plain_of(value.as_object()), depth + 1, size); break;
  }
}

}  // namespace

Result<Value> from_yaml(std::string_view text, std::string_view name, NumberKinds kinds) {
  DPCTL_TRY(auto documents, read(text, name, true, kinds));
  return documents.empty() ? Value::nil() : std::move(documents.front());
}

Result<Value> head_from_yaml(std::string_view text, std::string_view name) {
  yaml::Reader reader(text, name,
                      {.duplicate_keys = yaml::DuplicateKeys::last_wins, .first_document_only = true});
  reader.keep_only(HeadBuilder::kHead);
  HeadBuilder builder;
  DPCTL_TRY(const bool any, reader.next(builder));
  // A later key of the same name may have replaced it.
  if (builder.dropped_unreal()) return from_yaml(text, name);
  Value head = any ? builder.take() : Value::nil();
  if (has_unreal_number(head)) return fail(Code::usage, "{}: infinity and NaN cannot be values", name);
  return head;
}

Result<std::vector<Value>> from_yaml_all(std::string_view text, std::string_view name) {
  return read(text, name, false, NumberKinds::reals);
}

std::string to_yaml(const Value& value) {
  std::string out;
  yaml::Writer writer(out);
  std::size_t size = 0;
  write(writer, value, 0, size);
  writer.finish();
  return out;
}

}  // namespace dpctl::chart
