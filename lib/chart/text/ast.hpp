#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

struct Function;

enum class NodeType : std::uint8_t {
  text,
  action,
  list,
  if_,
  range,
  with,
  template_,
  break_,
  continue_,
  pipe,
  command,
  identifier,
  field,
  chain,
  variable,
  dot,
  nil,
  boolean,
  number,
  string,
};

/// A node of a parsed template. Nodes live in the arena of their Source and point at each other plainly.
struct Node {
  NodeType type;
  std::uint32_t pos;  ///< byte offset in Source::text
  Node(NodeType t, std::size_t p) : type(t), pos(static_cast<std::uint32_t>(p)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;
};

struct TextNode : Node {
  std::string_view text;  ///< into Source::text
  TextNode(std::size_t p, std::string_view t) : Node(NodeType::text, p), text(t) {}
};

struct ListNode : Node {
  std::vector<Node*> nodes;
  explicit ListNode(std::size_t p) : Node(NodeType::list, p) {}
};

struct CommandNode : Node {
  std::vector<Node*> args;
  explicit CommandNode(std::size_t p) : Node(NodeType::command, p) {}
};

/// `$x`, `$x.a.b`: the variable, then fields.
struct VariableNode : Node {
  std::vector<std::string> path;
  VariableNode(std::size_t p, std::vector<std::string> i) : Node(NodeType::variable, p), path(std::move(i)) {}
};

struct PipeNode : Node {
  bool assigns = false;  ///< `=` rather than `:=`
  std::vector<VariableNode*> declared;
  std::vector<CommandNode*> commands;
  explicit PipeNode(std::size_t p) : Node(NodeType::pipe, p) {}
};

struct ActionNode : Node {
  PipeNode* pipe;
  ActionNode(std::size_t p, PipeNode* n) : Node(NodeType::action, p), pipe(n) {}
};

/// if, range and with share their shape.
struct BranchNode : Node {
  PipeNode* pipe;
  ListNode* body;
  ListNode* otherwise;  ///< may be null
  BranchNode(NodeType t, std::size_t p, PipeNode* n, ListNode* b, ListNode* e)
      : Node(t, p), pipe(n), body(b), otherwise(e) {}
};

struct TemplateNode : Node {
  std::string name;
  PipeNode* pipe;  ///< may be null
  TemplateNode(std::size_t p, std::string n, PipeNode* a)
      : Node(NodeType::template_, p), name(std::move(n)), pipe(a) {}
};

struct IdentifierNode : Node {
  std::string name;
  const Function* function;
  IdentifierNode(std::size_t p, std::string n, const Function* f)
      : Node(NodeType::identifier, p), name(std::move(n)), function(f) {}
};

/// `.a.b`
struct FieldNode : Node {
  std::vector<std::string> path;
  FieldNode(std::size_t p, std::vector<std::string> i) : Node(NodeType::field, p), path(std::move(i)) {}
};

/// `(pipeline).a.b`
struct ChainNode : Node {
  Node* node;
  std::vector<std::string> path;
  ChainNode(std::size_t p, Node* n) : Node(NodeType::chain, p), node(n) {}
};

struct LeafNode : Node {  ///< dot, nil, break, continue
  using Node::Node;
};

struct BooleanNode : Node {
  bool value;
  BooleanNode(std::size_t p, bool v) : Node(NodeType::boolean, p), value(v) {}
};

struct NumberNode : Node {
  std::string text;
  bool is_int = false;
  bool is_float = false;
  bool overflows = false;  ///< an unsigned number beyond int64
  std::int64_t integer = 0;
  double real = 0;
  explicit NumberNode(std::size_t p) : Node(NodeType::number, p) {}
};

struct StringNode : Node {
  std::string quoted;  ///< as written, with its quotes
  Value value;
  StringNode(std::size_t p, std::string q, Value v)
      : Node(NodeType::string, p), quoted(std::move(q)), value(std::move(v)) {}
};

struct Source;

/// One template: a file's own text, or a define.
struct Tree {
  std::string name;
  const Source* source = nullptr;
  ListNode* root = nullptr;
};

/// A parsed text: its nodes, its own tree and the trees it defines. Never changed after parsing, so it can be
/// shared.
struct Source {
  std::string name;
  std::string text;
  std::vector<std::unique_ptr<Node>> arena;
  std::vector<std::unique_ptr<Tree>> trees;  ///< defines in order of their ends, the text's own tree last
  [[nodiscard]] const Tree& main() const { return *trees.back(); }
};

/// Only blanks, comments and defines: such a tree does not replace another of its name.
bool is_empty_tree(const ListNode& root);

/// As Go prints the node in error messages.
std::string to_string(const Node& node);

/// "file:line:column", the column counted in bytes from 0, as Go does.
std::string location(const Source& source, const Node& node);

}  // namespace dpctl::chart
