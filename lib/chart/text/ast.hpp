#pragma once

#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
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

/// Field names, as they stand in the text.
using Names = std::span<const std::string_view>;

/// A node of a parsed template. Nodes live in the arena of their text, as do the arrays that they point at,
/// and are never destroyed one by one. An array is put there when its length is known: one that grew there
/// would leave its earlier copies behind.
struct Node {
  NodeType type;
  std::uint32_t pos;  ///< byte offset in the text
  Node(NodeType t, std::size_t p) : type(t), pos(static_cast<std::uint32_t>(p)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
};

struct TextNode : Node {
  std::string_view text;  ///< into the text
  TextNode(std::size_t p, std::string_view t) : Node(NodeType::text, p), text(t) {}
};

struct ListNode : Node {
  std::span<const Node* const> nodes;
  ListNode(std::size_t p, std::span<const Node* const> n) : Node(NodeType::list, p), nodes(n) {}
};

struct CommandNode : Node {
  std::span<const Node* const> args;
  CommandNode(std::size_t p, std::span<const Node* const> a) : Node(NodeType::command, p), args(a) {}
};

/// `$x`, `$x.a.b`: the variable, then fields.
struct VariableNode : Node {
  Names path;
  VariableNode(std::size_t p, Names names) : Node(NodeType::variable, p), path(names) {}
};

struct PipeNode : Node {
  bool assigns = false;  ///< `=` rather than `:=`
  std::span<const VariableNode* const> declared;
  std::span<const CommandNode* const> commands;
  explicit PipeNode(std::size_t p) : Node(NodeType::pipe, p) {}
};

struct ActionNode : Node {
  const PipeNode* pipe;
  ActionNode(std::size_t p, const PipeNode* n) : Node(NodeType::action, p), pipe(n) {}
};

/// if, range and with share their shape.
struct BranchNode : Node {
  const PipeNode* pipe;
  const ListNode* body;
  const ListNode* otherwise;  ///< may be null
  BranchNode(NodeType t, std::size_t p, const PipeNode* n, const ListNode* b, const ListNode* e)
      : Node(t, p), pipe(n), body(b), otherwise(e) {}
};

struct TemplateNode : Node {
  std::string_view name;  ///< in the arena
  const PipeNode* pipe;   ///< may be null
  TemplateNode(std::size_t p, std::string_view n, const PipeNode* a)
      : Node(NodeType::template_, p), name(n), pipe(a) {}
};

struct IdentifierNode : Node {
  std::string_view name;
  const Function* function;
  IdentifierNode(std::size_t p, std::string_view n, const Function* f)
      : Node(NodeType::identifier, p), name(n), function(f) {}
};

/// `.a.b`
struct FieldNode : Node {
  Names path;
  FieldNode(std::size_t p, Names names) : Node(NodeType::field, p), path(names) {}
};

/// `(pipeline).a.b`
struct ChainNode : Node {
  const Node* node;
  Names path;
  ChainNode(std::size_t p, const Node* n, Names names) : Node(NodeType::chain, p), node(n), path(names) {}
};

struct LeafNode : Node {  ///< dot, nil, break, continue
  using Node::Node;
};

struct BooleanNode : Node {
  bool value;
  BooleanNode(std::size_t p, bool v) : Node(NodeType::boolean, p), value(v) {}
};

struct NumberNode : Node {
  std::string_view text;
  bool is_int = false;
  bool is_float = false;
  bool overflows = false;   ///< an unsigned number beyond int64
  bool is_complex = false;  ///< written with an i
  std::int64_t integer = 0;
  double real = 0;
  double imaginary = 0;
  explicit NumberNode(std::size_t p) : Node(NodeType::number, p) {}
};

struct StringNode : Node {
  std::string_view quoted;  ///< as written, with its quotes
  const Value& value;       ///< one of the text's literals
  StringNode(std::size_t p, std::string_view q, const Value& v)
      : Node(NodeType::string, p), quoted(q), value(v) {}
};

struct Source;

/// One template: a file's own text, or a define.
struct Tree {
  std::string name;
  const Source* source = nullptr;
  const ListNode* root = nullptr;
};

/// Where nodes lie: those of one text, or of all texts that one thread parses.
using NodeArena = std::pmr::monotonic_buffer_resource;

/// A text with its nodes. Files of equal text share it: a library chart often comes once with each subchart.
struct Text {
  Text(std::string_view t, std::shared_ptr<const void> k, std::shared_ptr<NodeArena> a)
      : text(t), keeper(std::move(k)), arena(std::move(a)) {}
  std::string_view text;
  std::shared_ptr<const void> keeper;  ///< of what `text` is a view of
  std::shared_ptr<NodeArena> arena;
  std::forward_list<Value> literals;
};

/// A parsed text under its name: its own tree and the trees it defines. Never changed after parsing, so it
/// can be shared.
struct Source {
  std::string name;
  std::shared_ptr<Text> text;
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
