// yaml_nodes.cpp: the grammar: from tokens to nodes, written down one behind the other.
//
// A list of nodes with the end of each is all that an alias needs to be repeated and a merge to be looked
// into; no node is allocated by itself. Where the grammar and go.yaml.in/yaml/v2 disagree on exotic
// documents, the latter wins. A function that returns false has set failure_; everything above returns false
// at once.
#include "lib/data/yaml_nodes.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "lib/data/yaml_resolve.hpp"
#include "lib/data/yaml_scanner.hpp"

namespace dpctl::yaml {
namespace {

using Kind = Token::Kind;

constexpr std::string_view kTypes = "tag:yaml.org,2002:";
constexpr std::size_t kMostHandles = 1000;  // each is looked for among the others

// `uri` is a tag in full.
Tag tag_of(std::string_view uri) {
  if (uri == "!") return Tag::non_specific;
  if (!uri.starts_with(kTypes)) return Tag::other;
  uri.remove_prefix(kTypes.size());
  constexpr std::array<std::pair<std::string_view, Tag>, 7> kNames{{{"merge", Tag::merge},
                                                                    {"binary", Tag::binary},
                                                                    {"null", Tag::null},
                                                                    {"bool", Tag::boolean},
                                                                    {"int", Tag::integer},
                                                                    {"float", Tag::real},
                                                                    {"timestamp", Tag::timestamp}}};
  const auto* found =
      std::find_if(kNames.begin(), kNames.end(), [&](const auto& name) { return name.first == uri; });
  return found == kNames.end() ? Tag::other : found->second;
}

template <class... Kinds>
bool one_of(const Token& token, Kinds... kinds) {
  return ((token.kind == kinds) || ...);
}

bool may_be_unreal(std::string_view text) {
  return text.size() >= 4 && (text[0] == '.' || ((text[0] == '-' || text[0] == '+') && text[1] == '.'));
}

bool is_harmless_key(const Node& key) {
  if (key.kind != Node::Kind::scalar || key.tag != Tag::none) return false;
  if (!key.plain) return true;
  const char first = key.text.empty() ? '\0' : static_cast<char>(key.text[0] | 0x20);
  return first >= 'a' && first <= 'z' && (first != 'n' || resolve_plain(key.text).kind != Scalar::Kind::null);
}

/// Will telling the value be no error, and tell no number that is not finite? Says no when in doubt: to
/// aliases, tags, merges, and keys that may be none.
bool is_harmless(const Nodes& nodes, std::uint32_t index) {
  const Node& node = nodes[index];
  switch (node.kind) {
    case Node::Kind::alias: return false;
    case Node::Kind::scalar: return node.tag == Tag::none && !(node.plain && may_be_unreal(node.text));
    case Node::Kind::list:
      for (std::uint32_t item = index + 1; item < node.end; item = nodes[item].end)
        if (!is_harmless(nodes, item)) return false;
      return true;
    case Node::Kind::map: break;
  }
  for (std::uint32_t key = index + 1; key < node.end;) {
    const std::uint32_t content = nodes[key].end;
    if (!is_harmless_key(nodes[key]) || !is_harmless(nodes, content)) return false;
    key = nodes[content].end;
  }
  return true;
}

}  // namespace

class NodeParser::Impl {
 public:
  Impl(const Source& source, const Limits& limits, std::span<const std::string_view> keys)
      : source_(source), limits_(limits), keys_(keys), scanner_(source) {}

  Result<bool> next(Nodes& nodes) {
    nodes.clear();
    out_ = &nodes;
    open_.clear();
    anchors_.clear();
    bool there = false;
    if (!failure_ && document(there)) return there;
    if (!failure_) failure_ = syntax_error(scanner_.problem());
    return Failure(*failure_);
  }

 private:
  /// What is said about a value before it.
  struct Properties {
    Mark at;
    std::string_view anchor{};
    Tag tag = Tag::none;
  };
  struct Handle {
    std::string_view handle, prefix;
  };

  bool document(bool& there) {
    const bool first = std::exchange(first_, false);
    const Token* token = scanner_.peek();
    while (!first && token != nullptr && token->kind == Kind::document_end) token = after();
    if (token == nullptr) return false;
    if (token->kind == Kind::stream_end) return true;
    there = true;
    handles_.clear();
    if (first && !one_of(*token, Kind::version_directive, Kind::tag_directive, Kind::document_start)) {
      if (!node(true, false)) return false;
    } else {
      if (!directives()) return false;
      token = scanner_.peek();
      if (token == nullptr) return false;
      if (token->kind != Kind::document_start)
        return refuse("did not find expected <document start>", token->at);
      if (!content()) return false;
    }
    token = scanner_.peek();
    if (token != nullptr && token->kind == Kind::document_end) scanner_.skip();
    return token != nullptr;
  }

  bool content() {
    const Token* token = after();
    if (token == nullptr) return false;
    if (one_of(*token, Kind::version_directive, Kind::tag_directive, Kind::document_start, Kind::document_end,
               Kind::stream_end))
      return empty(token->at);
    return node(true, false);
  }

  bool directives() {
    bool versioned = false;
    for (const Token* token = scanner_.peek(); token != nullptr; token = after()) {
      if (token->kind == Kind::version_directive) {
        if (versioned) return refuse("found duplicate %YAML directive", token->at);
        if (token->major != 1 || token->minor != 1) return refuse_version(*token);
        versioned = true;
      } else if (token->kind == Kind::tag_directive) {
        if (find_handle(token->text) != nullptr) return refuse("found duplicate %TAG directive", token->at);
        if (handles_.size() == kMostHandles)
          return refuse(fail(Code::usage, "more than {} %TAG directives", kMostHandles), token->at);
        handles_.push_back({token->text, token->suffix});
      } else {
        return true;
      }
    }
    return false;
  }

  const Handle* find_handle(std::string_view handle) const {
    const auto found = std::find_if(handles_.begin(), handles_.end(),
                                    [&](const Handle& one) { return one.handle == handle; });
    return found == handles_.end() ? nullptr : &*found;
  }

  /// A value, or a key. `block`: may it be a block? `bare_list`: may it be a list no deeper than the map that
  /// it stands in?
  bool node(bool block, bool bare_list) {
    const Token* token = scanner_.peek();
    if (token == nullptr) return false;
    if (token->kind == Kind::alias) return alias(*token);
    Properties properties{.at = token->at};
    if (one_of(*token, Kind::anchor, Kind::tag)) {
      if (!read_properties(properties)) return false;
      token = scanner_.peek();
      if (token == nullptr) return false;
    }
    switch (token->kind) {
      case Kind::scalar: return scalar(*token, properties);
      case Kind::flow_list_start: return flow_list(properties);
      case Kind::flow_map_start: return flow_map(properties);
      case Kind::list_start:
        if (block) return block_list(properties);
        break;
      case Kind::map_start:
        if (block) return block_map(properties);
        break;
      case Kind::item:
        if (bare_list) return list_in_map(properties);
        break;
      default: break;
    }
    if (properties.anchor.empty() && properties.tag == Tag::none)
      return refuse("did not find expected node content", token->at);
    return scalar({.kind = Kind::scalar, .plain = true}, properties, false);
  }

  /// An anchor and a tag, or one of them, in any order.
  bool read_properties(Properties& properties) {
    bool anchor = false, tag = false;
    for (const Token* token = scanner_.peek(); token != nullptr; token = after()) {
      if (token->kind == Kind::anchor && !anchor) {
        anchor = true;
        properties.anchor = token->text;
      } else if (token->kind == Kind::tag && !tag) {
        tag = true;
        tag_ = *token;
      } else {
        return !tag || resolve_tag(properties.tag);
      }
    }
    return false;
  }

  bool resolve_tag(Tag& tag) {
    if (tag_.text.empty()) {
      tag = tag_of(tag_.suffix);
    } else if (const Handle* found = find_handle(tag_.text)) {
      tag = tag_of(std::string(found->prefix).append(tag_.suffix));
    } else if (tag_.text == "!!") {
      tag = tag_of(std::string(kTypes).append(tag_.suffix));
    } else if (tag_.text == "!") {
      tag = Tag::other;
    } else {
      return refuse("found undefined tag handle", tag_.at);
    }
    return true;
  }

  bool alias(const Token& token) {
    const auto found = anchors_.find(token.text);
    if (found == anchors_.end())
      return refuse(fail(Code::usage, "there is no anchor &{} before this alias", token.text), token.at);
    if (std::find(open_.begin(), open_.end(), found->second) != open_.end())
      return refuse(fail(Code::usage, "the value of anchor &{} contains itself", token.text), token.at);
    if (!push(Node::Kind::alias, {.at = token.at})) return false;
    out_->back().target = found->second;
    scanner_.skip();
    return true;
  }

  bool scalar(const Token& token, const Properties& properties, bool written = true) {
    if (!push(Node::Kind::scalar, properties)) return false;
    Node& node = out_->back();
    node.plain = token.plain;
    node.tag = properties.tag;
    node.text = token.text;
    if (written) scanner_.skip();
    return true;
  }

  bool empty(Mark at) { return scalar({.kind = Kind::scalar, .plain = true}, {.at = at}, false); }

  /// A value behind an indicator, or nothing when one of `none` follows.
  template <class... Kinds>
  bool node_unless(bool block, bool bare_list, Mark at, Kinds... none) {
    const Token* token = scanner_.peek();
    if (token == nullptr) return false;
    return one_of(*token, none...) ? empty(at) : node(block, bare_list);
  }

  bool block_list(const Properties& properties) {
    if (!open(Node::Kind::list, properties)) return false;
    for (const Token* token = after(); token != nullptr; token = scanner_.peek()) {
      if (token->kind == Kind::block_end) return close(true);
      if (token->kind != Kind::item) return refuse("did not find expected '-' indicator", token->at);
      const Mark at = token->end;
      scanner_.skip();
      if (!node_unless(true, false, at, Kind::item, Kind::block_end)) return false;
    }
    return false;
  }

  bool list_in_map(const Properties& properties) {
    if (!open(Node::Kind::list, properties)) return false;
    for (const Token* token = scanner_.peek(); token != nullptr; token = scanner_.peek()) {
      if (token->kind != Kind::item) return close(false);
      const Mark at = token->end;
      scanner_.skip();
      if (!node_unless(true, false, at, Kind::item, Kind::key, Kind::value, Kind::block_end)) return false;
    }
    return false;
  }

  bool block_map(const Properties& properties) {
    if (!open(Node::Kind::map, properties)) return false;
    for (const Token* token = after(); token != nullptr; token = scanner_.peek()) {
      if (token->kind == Kind::block_end) return close(true);
      if (token->kind != Kind::key) return refuse("did not find expected key", token->at);
      const Mark at = token->end;
      const std::uint32_t entry = count();
      const std::size_t anchors = anchored_;
      scanner_.skip();
      if (!node_unless(true, true, at, Kind::key, Kind::value, Kind::block_end) || !block_value())
        return false;
      if (open_.size() == 1 && !keys_.empty() && anchors == anchored_) forget_value(entry);
    }
    return false;
  }

  /// Of an entry of the outermost map, when nobody will miss it.
  void forget_value(std::uint32_t entry) {
    Nodes& nodes = *out_;
    const Node& key = nodes[entry];
    if (!is_harmless_key(key) || std::find(keys_.begin(), keys_.end(), key.text) != keys_.end()) return;
    const std::uint32_t value = key.end;
    if (!is_harmless(nodes, value)) return;
    nodes.resize(value + 1);
    nodes[value] = {.plain = true, .end = value + 1, .at = nodes[value].at, .text = {}};
  }

  bool block_value() {
    const Token* token = scanner_.peek();
    if (token == nullptr) return false;
    if (token->kind != Kind::value) return empty(token->at);
    const Mark at = token->end;
    scanner_.skip();
    return node_unless(true, true, at, Kind::key, Kind::value, Kind::block_end);
  }

  bool flow_list(const Properties& properties) {
    if (!open(Node::Kind::list, properties)) return false;
    const Token* token = after();
    for (bool first = true; token != nullptr; first = false, token = scanner_.peek()) {
      if (token->kind == Kind::flow_list_end) return close(true);
      if (!first) {
        if (token->kind != Kind::flow_entry) return refuse("did not find expected ',' or ']'", token->at);
        token = after();
        if (token == nullptr) return false;
        if (token->kind == Kind::flow_list_end) return close(true);
      }
      if (!(token->kind == Kind::key ? pair(token->at) : node(false, false))) return false;
    }
    return false;
  }

  /// "a: b" in a list: a map of its own.
  bool pair(Mark at) {
    if (!open(Node::Kind::map, {.at = at})) return false;
    const Token* token = after();
    if (token == nullptr) return false;
    if (one_of(*token, Kind::value, Kind::flow_entry, Kind::flow_list_end)) {
      // The indicator is lost: Kubernetes' tools do not read "[? : b]" as one would think.
      const Mark end = token->end;
      scanner_.skip();
      if (!empty(end)) return false;
    } else if (!node(false, false)) {
      return false;
    }
    return flow_value(Kind::flow_list_end) && close(false);
  }

  bool flow_map(const Properties& properties) {
    if (!open(Node::Kind::map, properties)) return false;
    const Token* token = after();
    for (bool first = true; token != nullptr; first = false, token = scanner_.peek()) {
      if (token->kind == Kind::flow_map_end) return close(true);
      if (!first) {
        if (token->kind != Kind::flow_entry) return refuse("did not find expected ',' or '}'", token->at);
        token = after();
        if (token == nullptr) return false;
        if (token->kind == Kind::flow_map_end) return close(true);
      }
      if (!flow_entry(*token)) return false;
    }
    return false;
  }

  bool flow_entry(const Token& first) {
    if (first.kind != Kind::key) {
      if (!node(false, false)) return false;
      const Token* token = scanner_.peek();
      return token != nullptr && empty(token->at);
    }
    const Token* token = after();
    if (token == nullptr) return false;
    const bool none = one_of(*token, Kind::value, Kind::flow_entry, Kind::flow_map_end);
    if (!(none ? empty(token->at) : node(false, false))) return false;
    return flow_value(Kind::flow_map_end);
  }

  /// ": value", which may be missing.
  bool flow_value(Kind end) {
    const Token* token = scanner_.peek();
    if (token != nullptr && token->kind == Kind::value) {
      token = after();
      if (token != nullptr && !one_of(*token, Kind::flow_entry, end)) return node(false, false);
    }
    return token != nullptr && empty(token->at);
  }

  const Token* after() {
    scanner_.skip();
    return scanner_.peek();
  }

  bool open(Node::Kind kind, const Properties& properties) {
    if (!push(kind, properties)) return false;
    open_.push_back(count() - 1);
    if (open_.size() <= limits_.depth) return true;
    return refuse(fail(Code::usage, "nested deeper than {} levels", limits_.depth), properties.at);
  }

  bool close(bool with_token) {
    (*out_)[open_.back()].end = count();
    open_.pop_back();
    if (with_token) scanner_.skip();
    return true;
  }

  bool push(Node::Kind kind, const Properties& properties) {
    // Each value has one key at most, so more nodes than this are more values than the limit.
    if (out_->size() / 2 > limits_.nodes || out_->size() >= std::numeric_limits<std::uint32_t>::max()) {
      failure_ = fail(Code::usage, "the document has more than {} values", limits_.nodes);
      return false;
    }
    if (!properties.anchor.empty()) {
      anchors_[properties.anchor] = count();
      ++anchored_;
    }
    Node& node = out_->emplace_back();
    node.kind = kind;
    node.end = count();
    node.at = properties.at;
    return true;
  }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(out_->size()); }

  bool refuse(std::string_view problem, Mark at) {
    failure_ = syntax_error({problem, at});
    return false;
  }
  bool refuse(Failure failure, Mark at) {
    failure_ = std::move(failure).at(source_.place_of(at));
    return false;
  }
  bool refuse_version(const Token& token) {
    return refuse(fail(Code::usage, "not valid yaml: this is YAML {}.{}, where 1.1 is expected", token.major,
                       token.minor)
                      .hint("remove the line that begins with %YAML"),
                  token.at);
  }

  Failure syntax_error(const Problem& problem) {
    auto failure = fail(Code::usage, "not valid yaml: {}", problem.what).at(source_.place_of(problem.at));
    if (source_.text().substr(std::min<std::size_t>(problem.at.offset, source_.text().size()), 1) == "\t")
      return std::move(failure).hint("indent with blanks, not tabs");
    if (problem.what.find("mapping values are not allowed") != std::string_view::npos)
      return std::move(failure).hint(
          "quote a text that contains ': ', and check that the lines above are indented as they should be");
    return failure;
  }

  const Source& source_;
  const Limits& limits_;
  std::span<const std::string_view> keys_;
  Scanner scanner_;
  bool first_ = true;  // only the first document needs no "---"
  Nodes* out_ = nullptr;
  std::vector<std::uint32_t> open_;
  std::unordered_map<std::string_view, std::uint32_t> anchors_;
  std::size_t anchored_ = 0;  // anchors so far
  std::vector<Handle> handles_;
  Token tag_;
  std::optional<Failure> failure_;
};

NodeParser::NodeParser(const Source& source, const Limits& limits, std::span<const std::string_view> keys)
    : impl_(std::make_unique<Impl>(source, limits, keys)) {}
NodeParser::~NodeParser() = default;
Result<bool> NodeParser::next(Nodes& nodes) { return impl_->next(nodes); }

}  // namespace dpctl::yaml
