#include <cctype>
#include <charconv>

#include "lib/base/number.hpp"
#include "lib/data/jsonpath_node.hpp"

namespace dpctl {
namespace {

using Node = JsonPath::Node;
using Nodes = std::vector<Node>;

constexpr std::size_t kLongest = 16'384;
constexpr int kDeepest = 100;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Nodes> parse() {
    DPCTL_TRY(auto nodes, template_nodes(0));
    if (at_ != text_.size()) return refuse("{end} without a {range}");
    return nodes;
  }

 private:
  Failure refuse(std::string_view why) const {
    return fail(Code::usage, "not a jsonpath template: {}", why)
        .at(Place{.subject = "jsonpath",
                  .line = 1,
                  .column = at_ + 1,
                  .source_line = std::string(text_.substr(0, 500))})
        .hint(
            "write it like {{.items[*].metadata.name}} or {{range "
            ".items[*]}}{{.metadata.name}}{{\"\\n\"}}{{end}}");
  }
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') ++at_;
  }
  bool take(char c) {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }

  // Up to the end, or to the {end} of the range that encloses this level.
  Result<Nodes> template_nodes(int depth) {
    if (depth > kDeepest) return refuse("ranges are nested too deeply");
    Nodes nodes;
    while (!done()) {
      if (peek() != '{') {
        const std::size_t end = std::min(text_.find('{', at_), text_.size());
        nodes.push_back(Node{.kind = Node::Kind::text, .name = std::string(text_.substr(at_, end - at_))});
        at_ = end;
        continue;
      }
      if (keyword("end")) return nodes;
      if (keyword("range")) {
        DPCTL_TRY(auto range, range_node(depth));
        nodes.push_back(std::move(range));
        continue;
      }
      ++at_;
      DPCTL_TRY(auto path, path_nodes('}', depth));
      nodes.push_back(Node{.kind = Node::Kind::expression, .path = std::move(path)});
    }
    return nodes;
  }

  // Is the next thing "{end}" or "{range …"?
  [[nodiscard]] bool keyword(std::string_view word) const {
    std::string_view rest = text_.substr(at_ + 1);
    while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
    return rest.starts_with(word) && rest.size() > word.size() && !is_word(rest[word.size()]);
  }

  Result<Node> range_node(int depth) {
    at_ = text_.find("range", at_) + 5;
    DPCTL_TRY(auto path, path_nodes('}', depth));
    DPCTL_TRY(auto body, template_nodes(depth + 1));
    if (done()) return refuse("a {range} has no {end}");
    at_ = text_.find('}', at_);
    if (at_ == std::string_view::npos) at_ = text_.size();
    if (!take('}')) return refuse("a brace is not closed");
    return Node{.kind = Node::Kind::range, .path = std::move(path), .other = std::move(body)};
  }

  // Steps up to `end`, which is consumed.
  Result<Nodes> path_nodes(char end, int depth) {
    if (depth > kDeepest) return refuse("brackets are nested too deeply");
    Nodes nodes;
    for (;;) {
      skip_blanks();
      if (done()) return refuse("a brace is not closed");
      const char c = peek();
      if (take(end)) return nodes;
      if (c == '@' || c == '$') {
        ++at_;
      } else if (c == '.') {
        DPCTL_CHECK(dotted(nodes));
      } else if (c == '[') {
        DPCTL_CHECK(bracket(nodes, depth));
      } else if (c == '"' || c == '\'') {
        DPCTL_TRY(auto value, quoted());
        nodes.push_back(Node{.kind = Node::Kind::literal, .value = Json(std::move(value))});
      } else if (c == '*') {
        ++at_;
        nodes.push_back(Node{.kind = Node::Kind::wildcard});
      } else if (is_word(c) || c == '+') {
        DPCTL_CHECK(bare(nodes));
      } else {
        return refuse(std::string("'") + c + "' is not expected here");
      }
    }
  }

  Result<void> dotted(Nodes& nodes) {
    ++at_;
    if (take('.')) {
      nodes.push_back(Node{.kind = Node::Kind::recursive});
      if (peek() == '[' || peek() == '}') return {};
    }
    if (take('*')) {
      nodes.push_back(Node{.kind = Node::Kind::wildcard});
      return {};
    }
    std::string name;
    while (!done()) {
      if (peek() == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      } else if (std::string_view(" \t\n.[]{}()=!<>,'\"@$?*|&").find(peek()) != std::string_view::npos) {
        break;
      }
      name += text_[at_++];
    }
    if (!name.empty()) nodes.push_back(Node{.kind = Node::Kind::field, .name = std::move(name)});
    return {};
  }

  // A number, true, false or null; any other word is refused, as client-go does.
  Result<void> bare(Nodes& nodes) {
    const std::size_t from = at_;
    while (is_word(peek()) || peek() == '.' || peek() == '+') ++at_;
    std::string_view word = text_.substr(from, at_ - from);
    Node node{.kind = Node::Kind::literal};
    if (word == "true" || word == "false") {
      node.value = Json(word == "true");
    } else if (word == "null") {
      node.value = Json();
    } else {
      if (word.starts_with('+')) word.remove_prefix(1);
      long whole = 0;
      double real = 0;
      const char* const end = word.data() + word.size();
      if (const auto read = std::from_chars(word.data(), end, whole);
          read.ec == std::errc() && read.ptr == end) {
        node.value = Json(whole);
      } else if (const auto number = std::from_chars(word.data(), end, real);
                 number.ec == std::errc() && number.ptr == end) {
        node.value = Json(real);
      } else {
        at_ = from;
        return refuse(fmt::format("'{}' is no field, did you mean '.{}'?", word, word));
      }
    }
    nodes.push_back(std::move(node));
    return {};
  }

  Result<std::string> quoted() {
    const char quote = text_[at_++];
    std::string value;
    for (; !done() && peek() != quote; ++at_) {
      if (peek() != '\\' || at_ + 1 >= text_.size()) {
        value += peek();
        continue;
      }
      ++at_;
      switch (peek()) {
        case 'n': value += '\n'; break;
        case 't': value += '\t'; break;
        case 'r': value += '\r'; break;
        default: value += peek();
      }
    }
    if (!take(quote)) return refuse("a quote is not closed");
    return value;
  }

  Result<void> bracket(Nodes& nodes, int depth) {
    ++at_;
    skip_blanks();
    if (take('?')) return filter(nodes, depth + 1);
    std::vector<Nodes> alternatives;
    for (;;) {
      Nodes one;
      DPCTL_CHECK(bracket_part(one));
      alternatives.push_back(std::move(one));
      skip_blanks();
      if (take(']')) break;
      if (!take(',')) return refuse("expected ',' or ']'");
    }
    if (alternatives.size() == 1) {
      for (auto& node : alternatives.front()) nodes.push_back(std::move(node));
    } else {
      nodes.push_back(Node{.kind = Node::Kind::alternatives, .alternatives = std::move(alternatives)});
    }
    return {};
  }

  // 'name', *, 0, -1, 1:3, ::2 or a bare name.
  Result<void> bracket_part(Nodes& nodes) {
    skip_blanks();
    if (peek() == '\'' || peek() == '"') {
      DPCTL_TRY(auto name, quoted());
      nodes.push_back(Node{.kind = Node::Kind::field, .name = std::move(name)});
      return {};
    }
    if (take('*')) {
      nodes.push_back(Node{.kind = Node::Kind::wildcard});
      return {};
    }
    const std::size_t from = at_;
    while (!done() && peek() != ']' && peek() != ',') ++at_;
    return slice(trim_blanks(text_.substr(from, at_ - from)), nodes);
  }

  Result<void> slice(std::string_view text, Nodes& nodes) {
    Node node{.kind = Node::Kind::slice};
    std::optional<long>* const parts[] = {&node.first, &node.last, &node.step};
    std::size_t part = 0;
    for (;; ++part) {
      if (part == 3) return refuse("a slice has at most three parts");
      const std::size_t colon = text.find(':');
      const std::string_view number = trim_blanks(text.substr(0, colon));
      long value = 0;
      if (!number.empty()) {
        if (!read_number(number, value)) return refuse(fmt::format("'{}' is no index; quote a name", number));
        *parts[part] = value;
      }
      if (colon == std::string_view::npos) break;
      text.remove_prefix(colon + 1);
    }
    node.single = part == 0;
    if (node.single && !node.first) return refuse("empty brackets");
    nodes.push_back(std::move(node));
    return {};
  }

  Result<void> filter(Nodes& nodes, int depth) {
    skip_blanks();
    if (!take('(')) return refuse("expected '(' after '?'");
    Node node{.kind = Node::Kind::filter};
    DPCTL_TRY(node.path, filter_side(depth));
    static constexpr std::pair<std::string_view, Node::Compare> kOperators[] = {
        {"==", Node::Compare::equal},      {"!=", Node::Compare::not_equal},
        {"<=", Node::Compare::less_equal}, {">=", Node::Compare::greater_equal},
        {"<", Node::Compare::less},        {">", Node::Compare::greater}};
    for (const auto& [spelling, compare] : kOperators) {
      if (!text_.substr(at_).starts_with(spelling)) continue;
      at_ += spelling.size();
      node.compare = compare;
      DPCTL_TRY(node.other, filter_side(depth));
      break;
    }
    if (!take(')')) return refuse("expected ')' at the end of a filter");
    skip_blanks();
    if (!take(']')) return refuse("expected ']' after a filter");
    nodes.push_back(std::move(node));
    return {};
  }

  // One side of a comparison: steps up to an operator or the closing parenthesis.
  Result<Nodes> filter_side(int depth) {
    if (depth > kDeepest) return refuse("filters are nested too deeply");
    Nodes nodes;
    for (;;) {
      skip_blanks();
      if (done()) return refuse("a filter is not closed");
      const char c = peek();
      if (c == ')' || c == '=' || c == '!' || c == '<' || c == '>') return nodes;
      if (c == '@' || c == '$') {
        ++at_;
      } else if (c == '.') {
        DPCTL_CHECK(dotted(nodes));
      } else if (c == '[') {
        DPCTL_CHECK(bracket(nodes, depth + 1));
      } else if (c == '"' || c == '\'') {
        DPCTL_TRY(auto value, quoted());
        nodes.push_back(Node{.kind = Node::Kind::literal, .value = Json(std::move(value))});
      } else if (is_word(c) || c == '+') {
        DPCTL_CHECK(bare(nodes));
      } else {
        return refuse(std::string("'") + c + "' is not expected in a filter");
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

JsonPath::JsonPath(std::vector<Node> nodes) : nodes_(std::move(nodes)) {}
JsonPath::~JsonPath() = default;
JsonPath::JsonPath(JsonPath&&) noexcept = default;
JsonPath& JsonPath::operator=(JsonPath&&) noexcept = default;

Result<JsonPath> JsonPath::parse(std::string_view text) {
  if (text.size() > kLongest) return fail(Code::usage, "jsonpath template is longer than {} bytes", kLongest);
  DPCTL_TRY(auto nodes, Parser(text).parse());
  return JsonPath(std::move(nodes));
}

Result<JsonPath> JsonPath::parse_expression(std::string_view text) {
  if (text.starts_with('{')) return parse(text);
  const bool bare = !text.empty() && text[0] != '.' && text[0] != '[' && text[0] != '$' && text[0] != '@';
  return parse((bare ? "{." : "{") + std::string(text) + "}");
}

}  // namespace dpctl
