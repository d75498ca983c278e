// yaml_nodes.cpp: libyaml's events, written down one behind the other.
//
// A list of nodes with the end of each is all that an alias needs to be repeated and a merge to be looked
// into; no node is allocated by itself. Kubernetes' tools refuse %YAML 1.2, which libyaml takes: that is set
// right here.
#include "lib/data/yaml_nodes.hpp"

#include <yaml.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace dpctl::yaml {
namespace {

using Node = Nodes::Node;

class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  yaml_event_t* get() { return &event_; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

class NodeParser::Impl {
 public:
  Impl(const Source& source, const Limits& limits) : source_(source), limits_(limits) {
    ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(source.text().data()),
                                 source.text().size());
  }
  ~Impl() {
    if (ready_) yaml_parser_delete(&parser_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<bool> next(Nodes& nodes) {
    begin(nodes);
    for (;;) {
      Event event;
      if (!ready_ || yaml_parser_parse(&parser_, event.get()) == 0) return syntax_error();
      switch (event->type) {
        case YAML_STREAM_END_EVENT: return false;
        case YAML_DOCUMENT_END_EVENT: return true;
        case YAML_DOCUMENT_START_EVENT: DPCTL_CHECK(check_version(event)); break;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT: break;
        default: DPCTL_CHECK(add(event));
      }
    }
  }

 private:
  void begin(Nodes& nodes) {
    out_ = &nodes;
    nodes.nodes.clear();
    nodes.texts.clear();
    nodes.tags.assign(1, "");
    open_.clear();
    anchors_.clear();
    tags_.clear();
  }

  Result<void> check_version(const Event& event) {
    const yaml_version_directive_t* version = event->data.document_start.version_directive;
    if (version == nullptr || (version->major == 1 && version->minor == 1)) return {};
    return fail(Code::usage, "not valid yaml: this is YAML {}.{}, where 1.1 is expected", version->major,
                version->minor)
        .at(source_.place_of(mark_of(event->start_mark)))
        .hint("remove the line that begins with %YAML");
  }

  Result<void> add(const Event& event) {
    // Each value has one key at most, so more nodes than this are more values than the limit.
    if (out_->nodes.size() / 2 > limits_.nodes ||
        out_->nodes.size() >= std::numeric_limits<std::uint32_t>::max())
      return fail(Code::usage, "the document has more than {} values", limits_.nodes);
    switch (event->type) {
      case YAML_SCALAR_EVENT: add_scalar(event); return {};
      case YAML_ALIAS_EVENT: return add_alias(event);
      case YAML_SEQUENCE_START_EVENT: return open(Node::Kind::list, event, event->data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT: return open(Node::Kind::map, event, event->data.mapping_start.anchor);
      default:
        out_->nodes[open_.back()].end = count();
        open_.pop_back();
        return {};
    }
  }

  void add_scalar(const Event& event) {
    const auto& scalar = event->data.scalar;
    Node& node = push(Node::Kind::scalar, event, scalar.anchor);
    node.plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node.text = out_->texts.size();
    node.size = scalar.length;
    out_->texts.append(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (scalar.tag != nullptr) node.tag = index_of_tag(view(scalar.tag));
  }

  Result<void> add_alias(const Event& event) {
    const std::string name(view(event->data.alias.anchor));
    const auto found = anchors_.find(name);
    const auto at = mark_of(event->start_mark);
    if (found == anchors_.end())
      return fail(Code::usage, "there is no anchor &{} before this alias", name).at(source_.place_of(at));
    if (std::find(open_.begin(), open_.end(), found->second) != open_.end())
      return fail(Code::usage, "the value of anchor &{} contains itself", name).at(source_.place_of(at));
    push(Node::Kind::alias, event, nullptr).target = found->second;
    return {};
  }

  Result<void> open(Node::Kind kind, const Event& event, const yaml_char_t* anchor) {
    push(kind, event, anchor);
    open_.push_back(count() - 1);
    if (open_.size() <= limits_.depth) return {};
    return fail(Code::usage, "nested deeper than {} levels", limits_.depth)
        .at(source_.place_of(out_->nodes.back().at));
  }

  Node& push(Node::Kind kind, const Event& event, const yaml_char_t* anchor) {
    if (anchor != nullptr) anchors_[std::string(view(anchor))] = count();
    Node& node = out_->nodes.emplace_back();
    node.kind = kind;
    node.end = count();
    node.at = mark_of(event->start_mark);
    return node;
  }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(out_->nodes.size()); }

  std::uint32_t index_of_tag(std::string_view tag) {
    const auto [place, fresh] =
        tags_.try_emplace(std::string(tag), static_cast<std::uint32_t>(out_->tags.size()));
    if (fresh) out_->tags.emplace_back(tag);
    return place->second;
  }

  // libyaml counts characters. Marks come in order, but for a step back now and then, so the bytes are found
  // by walking.
  Mark mark_of(const yaml_mark_t& mark) {
    const std::string_view text = source_.text();
    if (source_.ascii()) {
      offset_ = std::min(mark.index, text.size());
    } else {
      for (; index_ < mark.index && offset_ < text.size(); ++index_)
        for (++offset_; offset_ < text.size() && is_continuation(text[offset_]);) ++offset_;
      for (; index_ > mark.index && offset_ > 0; --index_)
        for (--offset_; offset_ > 0 && is_continuation(text[offset_]);) --offset_;
    }
    return {static_cast<std::uint32_t>(mark.line), static_cast<std::uint32_t>(offset_)};
  }

  Failure syntax_error() {
    if (!ready_ || parser_.error == YAML_MEMORY_ERROR)
      return fail(Code::failed, "there is not enough memory to read this yaml");
    const std::string_view problem = parser_.problem == nullptr ? "unknown problem" : parser_.problem;
    const Mark at = mark_of(parser_.problem_mark);
    auto failure = fail(Code::usage, "not valid yaml: {}", problem).at(source_.place_of(at));
    if (source_.text().substr(at.offset, 1) == "\t")
      return std::move(failure).hint("indent with blanks, not tabs");
    if (problem.find("mapping values are not allowed") != std::string_view::npos)
      return std::move(failure).hint(
          "quote a text that contains ': ', and check that the lines above are indented as they should be");
    return failure;
  }

  const Source& source_;
  const Limits& limits_;
  yaml_parser_t parser_{};
  bool ready_ = false;
  Nodes* out_ = nullptr;
  std::vector<std::uint32_t> open_;
  std::unordered_map<std::string, std::uint32_t> anchors_;
  std::unordered_map<std::string, std::uint32_t> tags_;
  std::size_t index_ = 0, offset_ = 0;  // the same place, in characters and in bytes
};

NodeParser::NodeParser(const Source& source, const Limits& limits)
    : impl_(std::make_unique<Impl>(source, limits)) {}
NodeParser::~NodeParser() = default;
Result<bool> NodeParser::next(Nodes& nodes) { return impl_->next(nodes); }

}  // namespace dpctl::yaml
