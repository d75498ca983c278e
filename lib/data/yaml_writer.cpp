// yaml_writer.cpp: values as libyaml's events. The choice of a style is ours, its layout the library's.
//
// Kubernetes' tools quote with '"' what would read back as something else than text, write text with line
// feeds as a literal block and leave the rest plain; where the style that was asked for cannot carry the
// text, libyaml takes the next that can.
#include "lib/data/yaml_writer.hpp"

#include <yaml.h>

#include <array>
#include <charconv>
#include <cmath>
#include <new>

#include "lib/base/strings.hpp"
#include "lib/data/number_text.hpp"
#include "lib/data/utf8.hpp"
#include "lib/data/yaml_resolve.hpp"

namespace dpctl::yaml {
namespace {

yaml_scalar_style_t style_of(std::string_view text) {
  if (needs_quotes(text)) return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  if (text.find("\xC2\x85") != std::string_view::npos) return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  return text.find('\n') == std::string_view::npos ? YAML_PLAIN_SCALAR_STYLE : YAML_LITERAL_SCALAR_STYLE;
}

}  // namespace

// libyaml fails only for want of memory, or for text that is not UTF-8, which string() does not let through.
class Writer::Emitter {
 public:
  explicit Emitter(std::string& out) : out_(out), begin_(out.size()) {
    if (yaml_emitter_initialize(&emitter_) == 0) throw std::bad_alloc();
    yaml_emitter_set_output(&emitter_, append, &out_);
    yaml_emitter_set_unicode(&emitter_, 1);
    yaml_event_t event;
    emit(event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(event, yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1));
  }
  ~Emitter() { yaml_emitter_delete(&emitter_); }
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;

  void scalar(std::string_view text, yaml_scalar_style_t style) {
    yaml_event_t event;
    const auto* bytes = reinterpret_cast<const yaml_char_t*>(text.data() == nullptr ? "" : text.data());
    emit(event, yaml_scalar_event_initialize(&event, nullptr, nullptr, bytes, static_cast<int>(text.size()),
                                             1, 1, style));
  }
  void begin_map() {
    yaml_event_t event;
    emit(event, yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE));
  }
  void end_map() {
    yaml_event_t event;
    emit(event, yaml_mapping_end_event_initialize(&event));
  }
  void begin_list() {
    yaml_event_t event;
    emit(event, yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE));
  }
  void end_list() {
    yaml_event_t event;
    emit(event, yaml_sequence_end_event_initialize(&event));
  }
  void finish() {
    yaml_event_t event;
    emit(event, yaml_document_end_event_initialize(&event, 1));
    emit(event, yaml_stream_end_event_initialize(&event));
    // libyaml closes a document whose last text keeps its line feeds ("|+") with a line "...", which
    // Kubernetes' tools do not. Nothing else stands at the beginning of a line in that way: text is indented
    // there, or quoted.
    constexpr std::string_view kMark = "...\n";
    const std::string_view written = std::string_view(out_).substr(begin_);
    if (!written.ends_with(kMark)) return;
    const std::string_view before = written.substr(0, written.size() - kMark.size());
    if (before.ends_with('\n') || before.ends_with("\xE2\x80\xA8") || before.ends_with("\xE2\x80\xA9"))
      out_.resize(begin_ + before.size());
  }

 private:
  static int append(void* out, unsigned char* bytes, std::size_t size) noexcept {
    static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
    return 1;
  }

  void emit(yaml_event_t& event, int made) {
    if (made == 0 || yaml_emitter_emit(&emitter_, &event) == 0) throw std::bad_alloc();
  }

  yaml_emitter_t emitter_{};
  std::string& out_;
  std::size_t begin_;
};

Writer::Writer(std::string& out) : emitter_(std::make_unique<Emitter>(out)) {}
Writer::~Writer() = default;

void Writer::begin_map() { emitter_->begin_map(); }
void Writer::end_map() { emitter_->end_map(); }
void Writer::begin_list() { emitter_->begin_list(); }
void Writer::end_list() { emitter_->end_list(); }
void Writer::finish() { emitter_->finish(); }

void Writer::null() { emitter_->scalar("null", YAML_PLAIN_SCALAR_STYLE); }
void Writer::boolean(bool value) { emitter_->scalar(value ? "true" : "false", YAML_PLAIN_SCALAR_STYLE); }
void Writer::integer(std::int64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
  emitter_->scalar({digits.data(), end}, YAML_PLAIN_SCALAR_STYLE);
}
void Writer::natural(std::uint64_t value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
  emitter_->scalar({digits.data(), end}, YAML_PLAIN_SCALAR_STYLE);
}

void Writer::real(double value) {
  if (std::isnan(value)) return emitter_->scalar(".nan", YAML_PLAIN_SCALAR_STYLE);
  if (std::isinf(value)) return emitter_->scalar(value < 0 ? "-.inf" : ".inf", YAML_PLAIN_SCALAR_STYLE);
  // JSON has no integers of its own: a number whose digits fit one is one.
  const std::string digits = format_go_json(value);
  const Scalar as_read = resolve_plain(digits);
  if (as_read.kind == Scalar::Kind::integer) return integer(as_read.integer);
  if (as_read.kind == Scalar::Kind::natural) return natural(as_read.natural);
  emitter_->scalar(format_go_g(value), YAML_PLAIN_SCALAR_STYLE);
}

void Writer::string(std::string_view value) {
  if (!is_utf8(value)) return string(to_valid_utf8(value));
  emitter_->scalar(value, style_of(value));
}

}  // namespace dpctl::yaml
