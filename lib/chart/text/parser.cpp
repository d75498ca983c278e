// parser.cpp: from tokens to nodes, in the shape and with the positions of Go's text/template/parse, because
// errors print both.
#include "lib/chart/text/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/text/lexer.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxDepth = 2000;  // of parentheses and blocks together: bounds our stack

enum class Ending { end, else_, eof };

class Parser {
 public:
  explicit Parser(Source& source) : source_(source), lexer_(source.text->text) {}

  void run() {
    auto tree = std::make_unique<Tree>();
    tree->name = source_.name;
    tree->source = &source_;
    const auto pos = peek().pos;
    Gathered<const Node*> nodes(nodes_);
    while (peek().type != TokenType::eof) {
      if (peek().type == TokenType::left_delim) {
        const Token delim = next();
        if (next_non_space().type == TokenType::define_) {
          definition();
          continue;
        }
        backup2(delim);
      }
      const Node* node = text_or_action();
      if (node == nullptr) fail("unexpected " + ending_text());
      nodes.push(node);
    }
    const auto* root = make<ListNode>(pos, keep(nodes));
    tree->root = root;
    add(std::move(tree));
    // The text's own tree stays last even when a define carries the same name.
    const auto own = std::find_if(source_.trees.begin(), source_.trees.end(),
                                  [&](const auto& t) { return t->root == root; });
    if (own != source_.trees.end()) std::rotate(own, own + 1, source_.trees.end());
  }

 private:
  template <class T, class... Args>
  T* make(Args&&... args) {
    void* place = arena().allocate(sizeof(T), alignof(T));
    return new (place) T(std::forward<Args>(args)...);
  }
  NodeArena& arena() { return *source_.text->arena; }

  /// An array whose length is not known yet, on a stack that its owner's callers use as well.
  template <class T>
  class Gathered {
   public:
    explicit Gathered(std::vector<T>& stack) : stack_(stack), from_(stack.size()) {}
    ~Gathered() { stack_.resize(from_); }
    Gathered(const Gathered&) = delete;
    Gathered& operator=(const Gathered&) = delete;
    void push(T one) { stack_.push_back(one); }
    [[nodiscard]] std::span<const T> all() const { return std::span<const T>(stack_).subspan(from_); }

   private:
    std::vector<T>& stack_;
    std::size_t from_;
  };
  template <class T>
  std::span<const T> keep(const Gathered<T>& gathered) {
    const auto all = gathered.all();
    if (all.empty()) return {};
    auto* place = static_cast<T*>(arena().allocate(all.size_bytes(), alignof(T)));
    std::uninitialized_copy(all.begin(), all.end(), place);
    return {place, all.size()};
  }
  std::string_view keep(std::string_view text) {
    auto* place = static_cast<char*>(arena().allocate(text.size(), 1));
    std::copy(text.begin(), text.end(), place);
    return {place, text.size()};
  }

  // Tokens, with Go's three of look-ahead.
  Token next() {
    if (peeked_ > 0) {
      --peeked_;
    } else {
      tokens_[0] = lexer_.next();
    }
    return tokens_[static_cast<std::size_t>(peeked_)];
  }
  void backup() { ++peeked_; }
  void backup2(const Token& first) {
    tokens_[1] = first;
    peeked_ = 2;
  }
  void backup3(const Token& second, const Token& first) {
    tokens_[1] = first;
    tokens_[2] = second;
    peeked_ = 3;
  }
  Token peek() {
    if (peeked_ > 0) return tokens_[static_cast<std::size_t>(peeked_ - 1)];
    peeked_ = 1;
    tokens_[0] = lexer_.next();
    return tokens_[0];
  }
  Token next_non_space() {
    Token token = next();
    while (token.type == TokenType::space) token = next();
    return token;
  }
  Token peek_non_space() {
    const Token token = next_non_space();
    backup();
    return token;
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw TemplateError{fmt::format("template: {}:{}: {}", source_.name, tokens_[0].line, message),
                        fmt::format("{}:{}", source_.name, tokens_[0].line), nullptr, false};
  }
  [[noreturn]] void unexpected(const Token& token, std::string_view context) const {
    if (token.type == TokenType::error) {
      std::string extra;
      if (action_line_ != 0 && action_line_ != token.line) {
        extra = fmt::format(" in action started at {}:{}", source_.name, action_line_);
        if (token.text.ends_with(" action")) extra = extra.substr(std::string_view(" in action").size());
      }
      fail(std::string(token.text) + extra);
    }
    fail(fmt::format("unexpected {} in {}", to_string(token), context));
  }
  Token expect(TokenType type, std::string_view context) {
    const Token token = next_non_space();
    if (token.type != type) unexpected(token, context);
    return token;
  }
  std::string template_name(const Token& token, std::string_view context) {
    if (token.type != TokenType::string && token.type != TokenType::raw_string) unexpected(token, context);
    auto name = unquote(token.text);
    if (!name) fail("invalid syntax");
    return *std::move(name);
  }

  void add(std::unique_ptr<Tree> tree) {
    for (auto& old : source_.trees) {
      if (old->name != tree->name) continue;
      if (is_empty_tree(*old->root)) {
        old.swap(tree);
        retired_.push_back(std::move(tree));
        return;
      }
      if (!is_empty_tree(*tree->root))
        fail(fmt::format("template: multiple definition of template {}", quote_go(tree->name)));
      if (tree->name == source_.name) break;
      return;
    }
    source_.trees.push_back(std::move(tree));
  }

  void definition() {
    const Token token = next_non_space();
    const std::string name = template_name(token, "define clause");
    expect(TokenType::right_delim, "define clause");
    inner_tree(name, "define clause");
  }

  /// The body of a define or block: its own variables and loops.
  void inner_tree(const std::string& name, std::string_view context) {
    auto variables = std::exchange(variables_, std::vector<std::string_view>{"$"});
    const int loops = std::exchange(loops_, 0);
    auto tree = std::make_unique<Tree>();
    tree->name = name;
    tree->source = &source_;
    tree->root = item_list();
    if (ending_ != Ending::end) fail(fmt::format("unexpected {} in {}", ending_text(), context));
    add(std::move(tree));
    variables_ = std::move(variables);
    loops_ = loops;
  }

  [[nodiscard]] std::string ending_text() const { return ending_ == Ending::end ? "{{end}}" : "{{else}}"; }

  /// Up to {{end}} or {{else}}, which are left in ending_.
  const ListNode* item_list() {
    Depth depth(*this);
    const auto pos = peek_non_space().pos;
    Gathered<const Node*> nodes(nodes_);
    while (peek_non_space().type != TokenType::eof) {
      const Node* node = text_or_action();
      if (node == nullptr) return make<ListNode>(pos, keep(nodes));
      nodes.push(node);
    }
    fail("unexpected EOF");
  }

  /// nullptr at {{end}} and {{else}}.
  const Node* text_or_action() {
    const Token token = next_non_space();
    switch (token.type) {
      case TokenType::text: return make<TextNode>(token.pos, token.text);
      case TokenType::left_delim: {
        action_line_ = token.line;
        const Node* node = action();
        action_line_ = 0;
        return node;
      }
      default: unexpected(token, "input");
    }
  }

  const Node* action() {
    const Token token = next_non_space();
    switch (token.type) {
      case TokenType::block_: return block();
      case TokenType::break_: return loop_control(token, NodeType::break_, "{{break}}");
      case TokenType::continue_: return loop_control(token, NodeType::continue_, "{{continue}}");
      case TokenType::else_: {
        const Token after = peek_non_space();
        ending_ = Ending::else_;
        ending_pos_ = after.pos;
        if (after.type == TokenType::if_ || after.type == TokenType::with_) return nullptr;
        ending_pos_ = expect(TokenType::right_delim, "else").pos;
        return nullptr;
      }
      case TokenType::end_:
        ending_pos_ = expect(TokenType::right_delim, "end").pos;
        ending_ = Ending::end;
        return nullptr;
      case TokenType::if_: return control(NodeType::if_, "if");
      case TokenType::range_: return control(NodeType::range, "range");
      case TokenType::with_: return control(NodeType::with, "with");
      case TokenType::template_: return template_call();
      default: break;
    }
    backup();
    const Token first = peek();
    return make<ActionNode>(first.pos, pipeline("command", TokenType::right_delim));
  }

  const Node* loop_control(const Token& token, NodeType type, std::string_view text) {
    const Token after = next_non_space();
    if (after.type != TokenType::right_delim) unexpected(after, text);
    if (loops_ == 0) fail(fmt::format("{} outside {{{{range}}}}", text));
    return make<LeafNode>(type, token.pos);
  }

  const Node* control(NodeType type, std::string_view context) {
    Depth depth(*this);
    const auto variables = variables_.size();
    const PipeNode* pipe = pipeline(context, TokenType::right_delim);
    if (type == NodeType::range) ++loops_;
    const ListNode* body = item_list();
    if (type == NodeType::range) --loops_;
    const ListNode* otherwise = nullptr;
    if (ending_ == Ending::else_) {
      const auto chained = type == NodeType::if_ ? TokenType::if_ : TokenType::with_;
      if (type != NodeType::range && peek().type == chained) {
        // {{else if}}: the inner {{end}} ends both.
        next();
        const auto pos = ending_pos_;
        Gathered<const Node*> nodes(nodes_);
        nodes.push(control(type, context));
        otherwise = make<ListNode>(pos, keep(nodes));
      } else {
        otherwise = item_list();
        if (ending_ != Ending::end) fail("expected end; found " + ending_text());
      }
    }
    variables_.resize(variables);
    ending_ = Ending::end;
    return make<BranchNode>(type, pipe->pos, pipe, body, otherwise);
  }

  const Node* block() {
    const Token token = next_non_space();
    const std::string name = template_name(token, "block clause");
    const PipeNode* pipe = pipeline("block clause", TokenType::right_delim);
    inner_tree(name, "block clause");
    return make<TemplateNode>(token.pos, keep(name), pipe);
  }

  const Node* template_call() {
    const Token token = next_non_space();
    const std::string name = template_name(token, "template clause");
    const PipeNode* pipe = nullptr;
    if (next_non_space().type != TokenType::right_delim) {
      backup();
      pipe = pipeline("template clause", TokenType::right_delim);
    }
    return make<TemplateNode>(token.pos, keep(name), pipe);
  }

  const PipeNode* pipeline(std::string_view context, TokenType end) {
    auto* pipe = make<PipeNode>(peek_non_space().pos);
    declarations(*pipe, context);
    Gathered<const CommandNode*> commands(commands_);
    for (;;) {
      const Token token = next_non_space();
      if (token.type == end) break;
      switch (token.type) {
        case TokenType::boolean:
        case TokenType::char_constant:
        case TokenType::dot:
        case TokenType::field:
        case TokenType::identifier:
        case TokenType::number:
        case TokenType::nil:
        case TokenType::raw_string:
        case TokenType::string:
        case TokenType::variable:
        case TokenType::left_paren:
          backup();
          commands.push(command());
          break;
        default: unexpected(token, context);
      }
    }
    pipe->commands = keep(commands);
    check(*pipe, context);
    return pipe;
  }

  /// `$x :=`, `$i, $x :=`, `$x =`. A variable that declares nothing is put back.
  void declarations(PipeNode& pipe, std::string_view context) {
    Gathered<const VariableNode*> declared(declared_);
    const auto declare = [&](const Token& token) {
      Gathered<std::string_view> name(names_);
      name.push(token.text);
      declared.push(make<VariableNode>(token.pos, keep(name)));
      variables_.push_back(token.text);
      pipe.declared = keep(declared);
    };
    for (;;) {
      const Token variable = peek_non_space();
      if (variable.type != TokenType::variable) return;
      next();
      const Token adjacent = peek();
      const Token after = peek_non_space();
      if (after.type == TokenType::assign || after.type == TokenType::declare) {
        pipe.assigns = after.type == TokenType::assign;
        next_non_space();
        declare(variable);
        return;
      }
      if (after.type == TokenType::character && after.text == ",") {
        next_non_space();
        declare(variable);
        if (context == "range" && pipe.declared.size() < 2) {
          const auto type = peek_non_space().type;
          if (type == TokenType::variable || type == TokenType::right_delim || type == TokenType::right_paren)
            continue;
          fail("range can only initialize variables");
        }
        fail(fmt::format("too many declarations in {}", context));
      }
      if (adjacent.type == TokenType::space) {
        backup3(variable, adjacent);
      } else {
        backup2(variable);
      }
      return;
    }
  }

  void check(const PipeNode& pipe, std::string_view context) const {
    if (pipe.commands.empty()) fail(fmt::format("missing value for {}", context));
    for (std::size_t i = 1; i < pipe.commands.size(); ++i) {
      switch (pipe.commands[i]->args[0]->type) {
        case NodeType::boolean:
        case NodeType::dot:
        case NodeType::nil:
        case NodeType::number:
        case NodeType::string: fail(fmt::format("non executable command in pipeline stage {}", i + 1));
        default: break;
      }
    }
  }

  const CommandNode* command() {
    const auto pos = peek_non_space().pos;
    Gathered<const Node*> args(nodes_);
    for (;;) {
      peek_non_space();
      if (const Node* argument = operand(); argument != nullptr) args.push(argument);
      const Token token = next();
      if (token.type == TokenType::space) continue;
      if (token.type == TokenType::right_delim || token.type == TokenType::right_paren) {
        backup();
      } else if (token.type != TokenType::pipe) {
        unexpected(token, "operand");
      }
      break;
    }
    if (args.all().empty()) fail("empty command");
    return make<CommandNode>(pos, keep(args));
  }

  /// The fields that follow, after `first` (nothing, when empty), as one path.
  Names keep_path(std::string_view first) {
    Gathered<std::string_view> path(names_);
    if (!first.empty()) path.push(first);
    while (peek().type == TokenType::field) path.push(next().text.substr(1));
    return keep(path);
  }

  /// With the fields that follow, and then at the place of the first of them, as Go has it.
  template <class T>
  const Node* path(std::size_t pos, std::string_view first) {
    if (peek().type == TokenType::field) pos = peek().pos;
    return make<T>(pos, keep_path(first));
  }

  const Node* operand() {
    const Node* node = term();
    if (node == nullptr || peek().type != TokenType::field) return node;
    switch (node->type) {
      case NodeType::boolean:
      case NodeType::string:
      case NodeType::number:
      case NodeType::nil:
      case NodeType::dot: fail("unexpected . after term " + quote_go(to_string(*node)));
      default: break;
    }
    const auto pos = peek().pos;
    return make<ChainNode>(pos, node, keep_path({}));
  }

  const Node* term() {
    const Token token = next_non_space();
    switch (token.type) {
      case TokenType::identifier: {
        const auto* function = find_function(token.text);
        if (function == nullptr) fail(fmt::format("function {} not defined", quote_go(token.text)));
        return make<IdentifierNode>(token.pos, token.text, function);
      }
      case TokenType::dot: return make<LeafNode>(NodeType::dot, token.pos);
      case TokenType::nil: return make<LeafNode>(NodeType::nil, token.pos);
      case TokenType::variable:
        if (std::find(variables_.begin(), variables_.end(), token.text) == variables_.end())
          fail(fmt::format("undefined variable {}", quote_go(token.text)));
        return path<VariableNode>(token.pos, token.text);
      case TokenType::field: return path<FieldNode>(token.pos, token.text.substr(1));
      case TokenType::boolean: return make<BooleanNode>(token.pos, token.text == "true");
      case TokenType::char_constant:
      case TokenType::number: return number(token);
      case TokenType::left_paren: {
        Depth depth(*this);
        return pipeline("parenthesized pipeline", TokenType::right_paren);
      }
      case TokenType::string:
      case TokenType::raw_string: {
        auto text = unquote(token.text);
        if (!text) fail("invalid syntax");
        return make<StringNode>(token.pos, token.text,
                                source_.text->literals.emplace_front(Value::string(*std::move(text))));
      }
      default: break;
    }
    backup();
    return nullptr;
  }

  const Node* number(const Token& token) {
    auto* node = make<NumberNode>(token.pos);
    node->text = token.text;
    if (token.type == TokenType::char_constant) {
      bool rest = false;
      const auto rune = unquote_char(token.text, rest);
      if (!rune) fail(rest ? fmt::format("malformed character constant: {}", node->text) : "invalid syntax");
      node->is_int = node->is_float = true;
      node->integer = static_cast<std::int64_t>(*rune);
      node->real = static_cast<double>(*rune);
      return node;
    }
    if (token.text.ends_with('i')) {
      complex(*node);
      return node;
    }
    if (const auto integer = parse_integer(token.text)) {
      node->is_int = node->is_float = true;
      node->integer = *integer;
      node->real = static_cast<double>(*integer);
    } else if (const auto big = parse_unsigned(token.text)) {
      node->is_float = node->overflows = true;
      node->real = static_cast<double>(*big);
    } else {
      const auto digits = token.text;
      const auto real = parse_real(digits);
      if (real && digits.find_first_of(".eEpP") == std::string::npos)
        fail("integer overflow: " + quote_go(token.text));
      if (!real) fail("illegal number syntax: " + quote_go(token.text));
      node->is_float = true;
      node->real = *real;
      if (*real >= -9.2e18 && *real <= 9.2e18 &&
          static_cast<double>(static_cast<std::int64_t>(*real)) == *real) {
        node->is_int = true;
        node->integer = static_cast<std::int64_t>(*real);
      }
    }
    return node;
  }

  /// `3i` or `1+3i`. What has no imaginary part is a plain number as well.
  void complex(NumberNode& node) const {
    const auto digits = node.text.substr(0, node.text.size() - 1);
    auto imaginary = parse_real(digits);
    std::optional<double> real = 0.0;
    for (std::size_t i = digits.size(); !imaginary && i-- > 1;) {
      if (digits[i] != '+' && digits[i] != '-') continue;
      imaginary = parse_real(digits.substr(i));
      real = parse_real(digits.substr(0, i));
    }
    if (!imaginary || !real) fail("illegal number syntax: " + quote_go(node.text));
    node.is_complex = true;
    node.real = *real;
    node.imaginary = *imaginary;
    node.is_float = *imaginary == 0;
    node.is_int = node.is_float && std::trunc(*real) == *real;
    if (node.is_int) node.integer = static_cast<std::int64_t>(*real);
  }

  struct Depth {
    explicit Depth(Parser& p) : parser(p) {
      if (++parser.depth_ > kMaxDepth) parser.fail("max expression depth exceeded");
    }
    ~Depth() { --parser.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Parser& parser;
  };

  Source& source_;
  Lexer lexer_;
  std::array<Token, 3> tokens_{};
  int peeked_ = 0;
  int depth_ = 0;
  int loops_ = 0;
  std::size_t action_line_ = 0;
  Ending ending_ = Ending::eof;
  std::size_t ending_pos_ = 0;
  std::vector<std::string_view> variables_{"$"};
  // Of lists, commands, declarations and paths that are being read.
  std::vector<const Node*> nodes_;
  std::vector<const CommandNode*> commands_;
  std::vector<const VariableNode*> declared_;
  std::vector<std::string_view> names_;
  std::vector<std::unique_ptr<Tree>> retired_;  ///< empty trees that a later define of the same name replaced
};

}  // namespace

std::shared_ptr<const Source> parse_or_throw(std::string name, std::string text) {
  auto arena = std::make_shared<NodeArena>(text.size() + 256);
  const auto kept = std::make_shared<const std::string>(std::move(text));
  return parse_or_throw(std::move(name), *kept, kept, std::move(arena));
}

std::shared_ptr<const Source> parse_or_throw(std::string name, std::string_view text,
                                             std::shared_ptr<const void> keeper,
                                             std::shared_ptr<NodeArena> arena) {
  auto source = std::make_shared<Source>();
  source->name = std::move(name);
  source->text = std::make_shared<Text>(text, std::move(keeper), std::move(arena));
  Parser(*source).run();
  return source;
}

std::shared_ptr<const Source> renamed(const Source& source, std::string name) {
  const auto is_defined = [&](std::string_view wanted) {
    return std::any_of(source.trees.begin(), source.trees.end() - 1,
                       [&](const auto& tree) { return tree->name == wanted; });
  };
  if (is_defined(source.name) || is_defined(name)) return nullptr;
  auto other = std::make_shared<Source>();
  other->text = source.text;
  for (const auto& tree : source.trees)
    other->trees.push_back(std::make_unique<Tree>(Tree{tree->name, other.get(), tree->root}));
  other->trees.back()->name = name;
  other->name = std::move(name);
  return other;
}

Result<std::shared_ptr<const Source>> parse(std::string name, std::string text) {
  try {
    return parse_or_throw(std::move(name), std::move(text));
  } catch (const TemplateError& error) {
    return dpctl::fail(Code::failed, "{}", error.text);
  }
}

}  // namespace dpctl::chart
