// yaml_reader.cpp: a document's nodes, told to a handler with everything resolved: types, keys, aliases,
// merges.
#include "lib/data/yaml_reader.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "lib/base/encoding.hpp"
#include "lib/data/number_text.hpp"
#include "lib/data/utf8.hpp"
#include "lib/data/yaml_nodes.hpp"

namespace dpctl::yaml {
namespace {

// A number as a key is its text as a float32, which is what Kubernetes' tools make of it.
std::string key_of_real(double value) {
  if (std::isnan(value)) return ".nan";
  if (std::isinf(static_cast<float>(value))) return value < 0 ? "-.inf" : ".inf";
  return format_go_g32(value);
}

// The name of a tag that says what a text must be read as; empty for the others.
std::string_view type_of(Tag tag) {
  switch (tag) {
    case Tag::null: return "null";
    case Tag::boolean: return "bool";
    case Tag::integer: return "int";
    case Tag::real: return "float";
    case Tag::timestamp: return "timestamp";
    default: return {};
  }
}

/// Tells one document.
class Teller {
 public:
  Teller(const Nodes& nodes, const Source& source, const Options& options, Handler& handler)
      : nodes_(nodes),
        source_(source),
        options_(options),
        handler_(handler),
        expansion_limit_(std::max(kFreeExpansion, nodes.size() * 10)) {}

  Result<void> tell() { return value(0); }

 private:
  /// What aliases may add: this much, or ten times what is written.
  static constexpr std::size_t kFreeExpansion = 1'000'000;

  using Seen = std::unordered_map<std::string, std::uint32_t>;  // the keys of a map and their lines

  Result<void> value(std::uint32_t index) {
    const Node& node = nodes_[index];
    DPCTL_CHECK(count(node));
    switch (node.kind) {
      case Node::Kind::alias: {
        ++in_alias_;
        auto told = value(node.target);
        --in_alias_;
        return told;
      }
      case Node::Kind::list: return list(index);
      case Node::Kind::map: {
        handler_.on_map_begin(node.at);
        DPCTL_CHECK(enter(node));
        Seen seen;
        DPCTL_CHECK(entries(index, options_.duplicate_keys == DuplicateKeys::refuse ? &seen : nullptr));
        --depth_;
        handler_.on_map_end();
        return {};
      }
      case Node::Kind::scalar: break;
    }
    DPCTL_TRY(const Scalar scalar, resolve(node));
    handler_.on_scalar(scalar, node.at);
    return {};
  }

  Result<void> list(std::uint32_t index) {
    const Node& node = nodes_[index];
    handler_.on_list_begin(node.at);
    DPCTL_CHECK(enter(node));
    for (std::uint32_t item = index + 1; item < node.end; item = nodes_[item].end) DPCTL_CHECK(value(item));
    --depth_;
    handler_.on_list_end();
    return {};
  }

  Result<void> entries(std::uint32_t map, Seen* seen) {
    for (std::uint32_t key = map + 1; key < nodes_[map].end;) {
      const std::uint32_t content = nodes_[key].end;
      if (is_merge(nodes_[key])) {
        DPCTL_CHECK(merge(content));
      } else {
        DPCTL_CHECK(entry(key, content, seen));
      }
      key = nodes_[content].end;
    }
    return {};
  }

  Result<void> entry(std::uint32_t key, std::uint32_t content, Seen* seen) {
    const Node& node = nodes_[key];
    DPCTL_TRY(const std::string_view text, key_text(node));
    if (seen != nullptr) {
      const auto [first, fresh] = seen->try_emplace(std::string(text), node.at.line);
      if (!fresh)
        return refuse(node, "key '{}' appears twice, first in line {}", text, first->second + 1)
            .hint("remove one of them: the last would silently win");
    }
    handler_.on_key(text, node.at);
    return value(content);
  }

  // yaml.org/type/merge.html. The key itself must say so: an alias of a text "<<" does not.
  [[nodiscard]] bool is_merge(const Node& key) const {
    if (key.kind != Node::Kind::scalar || key.text != "<<") return false;
    return key.tag == Tag::merge || (key.plain && (key.tag == Tag::none || key.tag == Tag::non_specific));
  }

  // An earlier map of a list wins, so it is told last.
  Result<void> merge(std::uint32_t index) {
    const Node& from = nodes_[index];
    if (from.kind != Node::Kind::list) return merge_map(index);
    DPCTL_CHECK(count(from));
    std::vector<std::uint32_t> maps;
    for (std::uint32_t item = index + 1; item < from.end; item = nodes_[item].end) maps.push_back(item);
    for (auto map = maps.rbegin(); map != maps.rend(); ++map) DPCTL_CHECK(merge_map(*map));
    return {};
  }

  Result<void> merge_map(std::uint32_t index) {
    const Node& from = nodes_[index];
    const bool is_alias = from.kind == Node::Kind::alias;
    const std::uint32_t map = is_alias ? from.target : index;
    if (nodes_[map].kind != Node::Kind::map) return refuse(from, "'<<' needs a map or a list of maps");
    in_alias_ += is_alias ? 1 : 0;
    DPCTL_CHECK(count(from));
    DPCTL_CHECK(enter(from));
    DPCTL_CHECK(entries(map, nullptr));
    --depth_;
    in_alias_ -= is_alias ? 1 : 0;
    return {};
  }

  // Also of maps that are merged, which are not told as values: a pile of empty ones costs time as well.
  Result<void> count(const Node& node) {
    if (++values_ > options_.limits.nodes)
      return refuse(node, "the document has more than {} values", options_.limits.nodes);
    if (in_alias_ > 0 && ++expanded_ > expansion_limit_) return refuse_bomb(node);
    return {};
  }

  Result<void> enter(const Node& node) {
    if (++depth_ <= options_.limits.depth) return {};
    return refuse(node, "nested deeper than {} levels", options_.limits.depth);
  }

  Failure refuse_bomb(const Node& node) {
    return refuse(node, "the document consists of too many aliases")
        .hint("write the values out, or nest fewer aliases in each other");
  }

  Result<std::string_view> key_text(const Node& key) {
    const Node& node = key.kind == Node::Kind::alias ? nodes_[key.target] : key;
    if (node.kind != Node::Kind::scalar) return refuse(key, "a list or a map cannot be a key");
    DPCTL_TRY(const Scalar scalar, resolve(node));
    switch (scalar.kind) {
      case Scalar::Kind::string: return scalar.text;
      case Scalar::Kind::boolean: return scalar.boolean ? "true" : "false";
      case Scalar::Kind::integer: key_ = std::to_string(scalar.integer); return std::string_view(key_);
      case Scalar::Kind::real: key_ = key_of_real(scalar.real); return std::string_view(key_);
      case Scalar::Kind::natural:
        return refuse(key, "a number above 9223372036854775807 cannot be a key").hint("quote it");
      case Scalar::Kind::null: break;
    }
    return refuse(key, "null cannot be a key");
  }

  // The text of the scalar lives until the next one is resolved.
  Result<Scalar> resolve(const Node& node) {
    if (node.tag == Tag::none && node.plain) return resolve_plain(node.text);
    Scalar scalar;
    scalar.kind = Scalar::Kind::string;
    scalar.text = node.text;
    if (node.tag == Tag::binary) {
      const auto bytes = base64_decode(node.text);
      if (!bytes) return refuse(node, "the value of !!binary is not base64");
      decoded_ = to_valid_utf8(*bytes);
      scalar.text = decoded_;
    } else if (const std::string_view type = type_of(node.tag); !type.empty()) {
      if (!resolve_as(type, node.text, scalar)) return refuse(node, "'{}' is no !!{}", node.text, type);
    }
    return scalar;
  }

  template <class... Args>
  Failure refuse(const Node& node, fmt::format_string<Args...> text, Args&&... args) {
    return fail(Code::usage, text, std::forward<Args>(args)...).at(source_.place_of(node.at));
  }

  const Nodes& nodes_;
  const Source& source_;
  const Options& options_;
  Handler& handler_;
  std::size_t expansion_limit_;
  std::size_t values_ = 0, expanded_ = 0, depth_ = 0, in_alias_ = 0;
  std::string key_, decoded_;
};

}  // namespace

class Reader::Impl {
 public:
  Impl(std::string_view text, std::string_view name, const Options& options)
      : source_(text, name), options_(options), size_(text.size()), name_(name) {}

  Result<bool> next(Handler& handler) {
    if (!parser_) {
      if (size_ > options_.limits.bytes)
        return fail(Code::usage, "{}: yaml of {} bytes is larger than the limit of {} bytes", name_, size_,
                    options_.limits.bytes);
      DPCTL_CHECK(source_.check());
      parser_.emplace(source_, options_.limits, keys_);
    }
    DPCTL_TRY(const bool there, parser_->next(nodes_));
    if (!there) return false;
    DPCTL_CHECK(Teller(nodes_, source_, options_, handler).tell());
    return true;
  }

  void keep_only(std::span<const std::string_view> keys) { keys_ = keys; }
  [[nodiscard]] Place place_of(const Mark& mark) const { return source_.place_of(mark); }

 private:
  Source source_;
  Options options_;
  std::size_t size_;
  std::string name_;
  std::span<const std::string_view> keys_;
  std::optional<NodeParser> parser_;
  Nodes nodes_;
};

Reader::Reader(std::string_view text, std::string_view name, const Options& options)
    : impl_(std::make_unique<Impl>(text, name, options)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

void Reader::keep_only(std::span<const std::string_view> keys) { impl_->keep_only(keys); }
Result<bool> Reader::next(Handler& handler) { return impl_->next(handler); }
Place Reader::place_of(const Mark& mark) const { return impl_->place_of(mark); }

}  // namespace dpctl::yaml
