#include "pipeline-services/core/json_reader.hpp"

namespace dpctl::pipeline {

bool JsonReader::start(Arena& arena, std::string_view document) {
  if (document.empty()) return false;
  if (tokens_ == nullptr || tokens_->capacity() < document.size()) {
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        2 * document.size() + 4096, kDeepest, tokens_);
    if (error != simdjson::SUCCESS) return false;
  }
  arena_ = &arena;
  text_ = arena.keep_padded(document, simdjson::SIMDJSON_PADDING).data();
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text_);
  if (tokens_->stage1(bytes, document.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS)
    return false;
  index_ = tokens_->structural_indexes.get();
  end_ = tokens_->n_structural_indexes;
  next_ = 0;
  depth_ = 0;
  any_escape_ = std::memchr(text_, '\\', document.size()) != nullptr;
  return end_ > 0;
}

bool JsonReader::skip() {
  if (at() == '{') return fields([](std::string_view, JsonValue&) { return true; });
  if (at() == '[') return elements([](JsonValue&) { return true; });
  Scalar ignored;
  return scalar(ignored);
}

bool JsonReader::unescape(std::string_view& text) {
  if (text.find('\\') == text.npos) return true;
  char* place = arena_->room(text.size() + simdjson::SIMDJSON_PADDING);
  auto* begin = reinterpret_cast<std::uint8_t*>(place);
  // Reads to the closing quote; refuses what is no escape, and halves of surrogate pairs.
  const auto* end = tokens_->parse_string(reinterpret_cast<const std::uint8_t*>(text.data()), begin);
  if (end == nullptr) return false;
  text = {place, static_cast<std::size_t>(end - begin)};
  return true;
}

/// RFC 8259, section 6.
bool JsonReader::is_number(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto digits = [&] {
    const char* from = at;
    while (at != end && *at >= '0' && *at <= '9') ++at;
    return at != from;
  };
  if (*at == '-') ++at;
  const char* const whole = at;
  if (!digits() || (*whole == '0' && at - whole > 1)) return false;
  if (at != end && *at == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    if (!digits()) return false;
  }
  return at == end;
}

}  // namespace dpctl::pipeline
