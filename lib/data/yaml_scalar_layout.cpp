// yaml_scalar_layout.cpp: the scalars that yaml_writer.cpp does not write itself, through libyaml.
//
// Where a line is folded and how far a block is indented depends on what is around it. So the scalar is
// written in a document that has nothing but what is around it, and cut out.
#include "lib/data/yaml_scalar_layout.hpp"

#include <yaml.h>

#include <new>

#include "lib/data/yaml_resolve.hpp"

namespace dpctl::yaml {
namespace {

constexpr std::size_t kExplicitKey = 200;  // bytes; libyaml makes a key of over 128 an explicit one

// Kubernetes' tools quote with '"' what would read back as something else than text, write text with line
// feeds as a literal block and leave the rest plain; where the style that was asked for cannot carry the
// text, libyaml takes the next that can.
yaml_scalar_style_t style_of(std::string_view text) {
  if (needs_quotes(text)) return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  if (text.find("\xC2\x85") != std::string_view::npos) return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  return text.find('\n') == std::string_view::npos ? YAML_PLAIN_SCALAR_STYLE : YAML_LITERAL_SCALAR_STYLE;
}

// libyaml fails only for want of memory, or for text that is not UTF-8.
class Skeleton {
 public:
  Skeleton() {
    if (yaml_emitter_initialize(&emitter_) == 0) throw std::bad_alloc();
    yaml_emitter_set_output(&emitter_, append, &out_);
    yaml_emitter_set_unicode(&emitter_, 1);
  }
  ~Skeleton() { yaml_emitter_delete(&emitter_); }
  Skeleton(const Skeleton&) = delete;
  Skeleton& operator=(const Skeleton&) = delete;

  std::string run(const Nesting& nesting, std::string_view key, std::string_view text) {
    yaml_event_t event;
    emit(event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(event, yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1));
    const std::string long_key(kExplicitKey, 'k');
    for (std::size_t i = 0; i < nesting.size(); ++i) {
      if (nesting[i] == Block::list) {
        emit(event,
             yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE));
      } else {
        emit(event,
             yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE));
        const bool innermost = i + 1 == nesting.size();
        scalar(innermost ? key : nesting[i] == Block::map ? std::string_view("k") : long_key);
      }
    }
    scalar(text);
    for (auto i = nesting.size(); i-- > 0;)
      emit(event, nesting[i] == Block::list ? yaml_sequence_end_event_initialize(&event)
                                            : yaml_mapping_end_event_initialize(&event));
    emit(event, yaml_document_end_event_initialize(&event, 1));
    emit(event, yaml_stream_end_event_initialize(&event));
    drop_end_mark();
    return std::move(out_);
  }

 private:
  static int append(void* out, unsigned char* bytes, std::size_t size) noexcept {
    static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
    return 1;
  }
  void emit(yaml_event_t& event, int made) {
    if (made == 0 || yaml_emitter_emit(&emitter_, &event) == 0) throw std::bad_alloc();
  }
  void scalar(std::string_view text) {
    yaml_event_t event;
    const auto* bytes = reinterpret_cast<const yaml_char_t*>(text.data() == nullptr ? "" : text.data());
    emit(event, yaml_scalar_event_initialize(&event, nullptr, nullptr, bytes, static_cast<int>(text.size()),
                                             1, 1, style_of(text)));
  }
  /// libyaml closes a document whose last text keeps its line feeds ("|+") with a line "...", which
  /// Kubernetes' tools do not. Nothing else stands at the beginning of a line in that way: text is indented
  /// there, or quoted.
  void drop_end_mark() {
    constexpr std::string_view kMark = "...\n";
    const std::string_view written = out_;
    if (!written.ends_with(kMark)) return;
    const auto before = written.substr(0, written.size() - kMark.size());
    if (before.ends_with('\n') || before.ends_with("\xE2\x80\xA8") || before.ends_with("\xE2\x80\xA9"))
      out_.resize(before.size());
  }

  yaml_emitter_t emitter_{};
  std::string out_;
};

constexpr std::string_view kPlain = "x";

}  // namespace

std::string laid_out(std::string_view text, const Nesting& nesting, std::string_view key) {
  const auto plain = Skeleton().run(nesting, key, kPlain);
  return Skeleton().run(nesting, key, text).substr(plain.size() - kPlain.size() - 1);
}

std::string laid_out_key(std::string_view key, const Nesting& nesting) {
  constexpr std::string_view kRest = "k: x\n";
  constexpr std::string_view kValue = " x\n";
  const auto plain = Skeleton().run(nesting, "k", kPlain);
  auto text = Skeleton().run(nesting, key, kPlain).substr(plain.size() - kRest.size());
  text.resize(text.size() - kValue.size());
  return text;
}

}  // namespace dpctl::yaml
