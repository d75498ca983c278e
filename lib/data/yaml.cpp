#include "lib/data/yaml.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "lib/data/yaml_reader.hpp"
#include "lib/data/yaml_writer.hpp"

namespace dpctl::yaml {
namespace {

std::string escape_pointer(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

bool has_unspeakable_number(const Json& value) {
  if (value.is_number_float()) return !std::isfinite(value.get<double>());
  return value.is_structured() && std::any_of(value.begin(), value.end(), [](const Json& child) {
           return has_unspeakable_number(child);
         });
}

// Builds the tree; with `places` it also notes where each value stood.
class JsonBuilder final : public Handler {
 public:
  explicit JsonBuilder(bool with_places = false) : with_places_(with_places) {}

  void on_scalar(const Scalar& scalar, const Mark& at) override { put(to_json(scalar, at), at); }
  void on_list_begin(const Mark& at) override { open_.push_back(put(Json(Json::value_t::array), at)); }
  void on_list_end() override { close(); }
  void on_map_begin(const Mark& at) override { open_.push_back(put(Json(Json::value_t::object), at)); }
  void on_key(std::string_view key, const Mark& at) override {
    slot_ = &open_.back()->get_ref<Json::object_t&>()[std::string(key)];
    if (!with_places_) return;
    pointers_.resize(open_.size());
    pointers_.push_back(pointers_.back() + "/" + escape_pointer(key));
    note(pointers_.back(), at);
  }
  void on_map_end() override { close(); }

  Json take() { return std::move(root_); }
  std::map<std::string, Mark> take_places() { return std::move(places_); }

  /// Where an infinite number or NaN stood that is still in the tree.
  [[nodiscard]] const Mark* unspeakable() const {
    return unspeakable_ && has_unspeakable_number(root_) ? &*unspeakable_ : nullptr;
  }

 private:
  Json to_json(const Scalar& scalar, const Mark& at) {
    switch (scalar.kind) {
      case Scalar::Kind::null: break;
      case Scalar::Kind::boolean: return Json(scalar.boolean);
      case Scalar::Kind::integer: return Json(scalar.integer);
      case Scalar::Kind::natural: return Json(scalar.natural);
      case Scalar::Kind::string: return Json(std::string(scalar.text));
      case Scalar::Kind::real: {
        if (!std::isfinite(scalar.real)) unspeakable_ = unspeakable_.value_or(at);
        // JSON does not know 1.0 from 1.
        constexpr double kExact = 9007199254740992.0;
        const bool whole = std::abs(scalar.real) <= kExact && std::trunc(scalar.real) == scalar.real;
        return whole ? Json(static_cast<std::int64_t>(scalar.real)) : Json(scalar.real);
      }
    }
    return Json();
  }

  Json* put(Json value, const Mark& at) {
    Json* place = &root_;
    std::string pointer;
    if (!open_.empty() && open_.back()->is_array()) {
      auto& list = open_.back()->get_ref<Json::array_t&>();
      place = &list.emplace_back();
      if (with_places_) {
        pointers_.resize(open_.size());
        pointers_.push_back(pointers_.back() + "/" + std::to_string(list.size() - 1));
        note(pointers_.back(), at);
      }
    } else if (!open_.empty()) {
      place = slot_;
    } else if (with_places_) {
      pointers_.assign(1, "");
      note("", at);
    }
    *place = std::move(value);
    return place;
  }
  void close() { open_.pop_back(); }

  // A key that comes again replaces the value, and with it what was noted below.
  void note(const std::string& pointer, const Mark& at) {
    const auto [place, fresh] = places_.insert_or_assign(pointer, at);
    if (fresh) return;
    auto below = std::next(place);
    while (below != places_.end() && below->first.starts_with(pointer + "/")) below = places_.erase(below);
  }

  bool with_places_;
  Json root_;
  std::vector<Json*> open_;
  Json* slot_ = nullptr;
  std::vector<std::string> pointers_;  // of the open containers, then of the value that comes next
  std::map<std::string, Mark> places_;
  std::optional<Mark> unspeakable_;
};

Result<bool> read_into(Reader& reader, JsonBuilder& builder) {
  DPCTL_TRY(const bool there, reader.next(builder));
  if (const Mark* at = builder.unspeakable())
    return fail(Code::usage, "infinite numbers and .nan cannot be used here")
        .at(reader.place_of(*at))
        .hint("quote the value");
  return there;
}

// Where the document that was just read began: the first thing a handler hears of it.
class StartOf final : public Handler {
 public:
  void on_scalar(const Scalar& scalar, const Mark& at) override {
    empty_ = empty_ && (found_ || scalar.kind == Scalar::Kind::null);
    note(at);
  }
  void on_list_begin(const Mark& at) override { begin(at); }
  void on_list_end() override {}
  void on_map_begin(const Mark& at) override { begin(at); }
  void on_key(std::string_view, const Mark&) override {}
  void on_map_end() override {}
  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] const Mark& mark() const { return *found_; }

 private:
  void begin(const Mark& at) {
    empty_ = false;
    note(at);
  }
  void note(const Mark& at) { found_ = found_.value_or(at); }
  bool empty_ = true;
  std::optional<Mark> found_;
};

Result<void> expect_end(Reader& reader) {
  for (;;) {
    StartOf second;
    DPCTL_TRY(const bool there, reader.next(second));
    if (!there) return {};
    if (second.empty()) continue;
    return fail(Code::usage, "a second document begins here, where one is expected")
        .at(reader.place_of(second.mark()))
        .hint("keep only one document: remove the line '---' and what follows");
  }
}

Result<JsonBuilder> decode_one(Reader& reader, const Options& options, bool with_places) {
  for (;;) {
    JsonBuilder builder(with_places);
    DPCTL_TRY(const bool there, read_into(reader, builder));
    if (!there) return JsonBuilder(with_places);
    if (options.first_document_only) return builder;
    JsonBuilder kept = std::move(builder);
    DPCTL_CHECK(expect_end(reader));
    return kept;
  }
}

void write(const Json& value, Writer& writer) {
  switch (value.type()) {
    case Json::value_t::object: {
      const auto& object = value.get_ref<const Json::object_t&>();
      std::vector<const Json::object_t::value_type*> entries;
      entries.reserve(object.size());
      for (const auto& entry : object) entries.push_back(&entry);
      // The order has cycles for odd keys, which a heap survives; most maps are in order already.
      const auto less = [](const auto* a, const auto* b) { return natural_less(a->first, b->first); };
      if (!std::is_sorted(entries.begin(), entries.end(), less)) {
        std::make_heap(entries.begin(), entries.end(), less);
        std::sort_heap(entries.begin(), entries.end(), less);
      }
      writer.begin_map();
      for (const auto* entry : entries) {
        writer.key(entry->first);
        write(entry->second, writer);
      }
      return writer.end_map();
    }
    case Json::value_t::array:
      writer.begin_list();
      for (const auto& item : value) write(item, writer);
      return writer.end_list();
    case Json::value_t::string: return writer.string(value.get_ref<const std::string&>());
    case Json::value_t::boolean: return writer.boolean(value.get<bool>());
    case Json::value_t::number_integer: return writer.integer(value.get<std::int64_t>());
    case Json::value_t::number_unsigned: return writer.natural(value.get<std::uint64_t>());
    case Json::value_t::number_float: return writer.real(value.get<double>());
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded: return writer.null();
  }
}

}  // namespace

Result<Json> decode(std::string_view text, std::string_view name, const Options& options) {
  Reader reader(text, name, options);
  DPCTL_TRY(auto builder, decode_one(reader, options, false));
  return builder.take();
}

Result<std::vector<Json>> decode_all(std::string_view text, std::string_view name, const Options& options) {
  Reader reader(text, name, options);
  std::vector<Json> documents;
  for (;;) {
    JsonBuilder builder;
    DPCTL_TRY(const bool there, read_into(reader, builder));
    if (!there) return documents;
    if (Json document = builder.take(); !document.is_null()) documents.push_back(std::move(document));
  }
}

Result<Json> decode_located(std::string_view text, std::string_view name, Places& places,
                            const Options& options) {
  Reader reader(text, name, options);
  DPCTL_TRY(auto builder, decode_one(reader, options, true));
  places.clear();
  for (const auto& [pointer, mark] : builder.take_places())
    places.emplace_hint(places.end(), pointer, reader.place_of(mark));
  return builder.take();
}

std::string encode(const Json& value) {
  std::string text;
  Writer writer(text);
  write(value, writer);
  writer.finish();
  return text;
}

}  // namespace dpctl::yaml
