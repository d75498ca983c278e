#include "lib/data/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "lib/base/number.hpp"

namespace dpctl {
namespace {

Place place_at(std::string_view text, std::string_view name, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  std::string_view line = text.substr(begin, text.substr(begin).find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  constexpr std::size_t kLongestShown = 500;
  return Place{.subject = std::string(name),
               .line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
               .column = offset - begin + 1,
               .source_line = std::string(line.substr(0, kLongestShown))};
}

// Builds the tree from events, so that depth is checked before anything deep exists.
class TreeBuilder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  TreeBuilder(Json& root, std::size_t deepest) : root_(root), deepest_(deepest) {}

  bool null() { return put(Json()) != nullptr; }
  bool boolean(bool value) { return put(Json(value)) != nullptr; }
  bool number_integer(number_integer_t value) { return put(Json(value)) != nullptr; }
  bool number_unsigned(number_unsigned_t value) {
    // One spelling for one number: what fits int64 is signed, so that 1 == 1 whatever it came from.
    if (std::in_range<number_integer_t>(value)) return number_integer(static_cast<number_integer_t>(value));
    return put(Json(value)) != nullptr;
  }
  bool number_float(number_float_t value, const string_t&) { return put(Json(value)) != nullptr; }
  bool string(string_t& value) { return put(Json(std::move(value))) != nullptr; }
  bool binary(binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json(Json::value_t::object)); }
  bool start_array(std::size_t) { return open(Json(Json::value_t::array)); }
  bool key(string_t& value) {
    slot_ = &open_.back()->get_ref<Json::object_t&>()[std::move(value)];
    return true;
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception& error) {
    offset_ = position == 0 ? 0 : position - 1;
    problem_ = wording(error.what(), token);
    return false;
  }

  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  // nlohmann: "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error while parsing
  // …".
  static std::string wording(std::string_view text, std::string_view token) {
    if (const auto at = text.find("column "); at != std::string_view::npos)
      if (const auto colon = text.find(": ", at); colon != std::string_view::npos)
        text.remove_prefix(colon + 2);
    constexpr std::size_t kLongestShown = 300;
    return text.empty() ? std::string(token) : std::string(text.substr(0, kLongestShown));
  }

  Json* put(Json value) {
    Json* place = nullptr;
    if (open_.empty()) {
      place = &root_;
    } else if (open_.back()->is_array()) {
      place = &open_.back()->get_ref<Json::array_t&>().emplace_back();
    } else {
      place = slot_;
    }
    *place = std::move(value);
    return place;
  }
  bool open(Json value) {
    if (open_.size() >= deepest_) {
      too_deep_ = true;
      return false;
    }
    open_.push_back(put(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json& root_;
  std::size_t deepest_;
  std::vector<Json*> open_;
  Json* slot_ = nullptr;
  bool too_deep_ = false;
  std::size_t offset_ = 0;
  std::string problem_;
};

const Json* child(const Json& value, std::string_view key) {
  if (value.is_object()) {
    const auto& object = value.get_ref<const Json::object_t&>();
    const auto at = object.find(key);
    return at == object.end() ? nullptr : &at->second;
  }
  if (!value.is_array()) return nullptr;
  std::size_t index = 0;
  if (!read_number(key, index) || index >= value.size()) return nullptr;
  return &value[index];
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view name, JsonLimits limits) {
  if (text.size() > limits.bytes)
    return fail(Code::usage, "json of {} bytes is larger than the limit of {}", text.size(), limits.bytes)
        .at(Place{.subject = std::string(name)});
  Json root;
  TreeBuilder builder(root, limits.depth);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return root;
  if (builder.too_deep())
    return fail(Code::usage, "json is nested deeper than {} levels", limits.depth)
        .at(Place{.subject = std::string(name)});
  return fail(Code::usage, "not valid json: {}", builder.problem())
      .at(place_at(text, name, builder.offset()));
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string dump_json_pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

const Json* find(const Json& value, std::string_view path) {
  const Json* at = &value;
  while (at != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    at = child(*at, path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

std::string string_at(const Json& value, std::string_view path, std::string_view fallback) {
  const Json* at = find(value, path);
  return at != nullptr && at->is_string() ? at->get<std::string>() : std::string(fallback);
}

std::int64_t int_at(const Json& value, std::string_view path, std::int64_t fallback) {
  const Json* at = find(value, path);
  if (at == nullptr || !at->is_number_integer()) return fallback;
  if (at->is_number_unsigned() && !std::in_range<std::int64_t>(at->get<std::uint64_t>())) return fallback;
  return at->get<std::int64_t>();
}

bool bool_at(const Json& value, std::string_view path, bool fallback) {
  const Json* at = find(value, path);
  return at != nullptr && at->is_boolean() ? at->get<bool>() : fallback;
}

const Json& array_at(const Json& value, std::string_view path) {
  static const Json kEmpty = Json::array();
  const Json* at = find(value, path);
  return at != nullptr && at->is_array() ? *at : kEmpty;
}

const Json& object_at(const Json& value, std::string_view path) {
  static const Json kEmpty = Json::object();
  const Json* at = find(value, path);
  return at != nullptr && at->is_object() ? *at : kEmpty;
}

}  // namespace dpctl
