#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/chart/text/arena.hpp"
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

using Arena = std::pmr::memory_resource;
/// Field names, as they stand in the text.
using Names = std::pmr::vector<std::string_view>;

/// A node of a parsed template. Nodes live in the arena of their text, as does all that they hold, and point
/// at each other plainly; they are not destroyed one by one.
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
  std::pmr::vector<Node*> nodes;
  ListNode(Arena* arena, std::size_t p) : Node(NodeType::list, p), nodes(arena) {}
};

struct CommandNode : Node {
  std::pmr::vector<Node*> args;
  CommandNode(Arena* arena, std::size_t p) : Node(NodeType::command, p), args(arena) {}
};

/// `$x`, `$x.a.b`: the variable, then fields.
struct VariableNode : Node {
  Names path;
  VariableNode(std::size_t p, Names names) : Node(NodeType::variable, p), path(std::move(names)) {}
};

struct PipeNode : Node {
  bool assigns = false;  ///< `=` rather than `:=`
  std::pmr::vector<VariableNode*> declared;
  std::pmr::vector<CommandNode*> commands;
  PipeNode(Arena* arena, std::size_t p) : Node(NodeType::pipe, p), declared(arena), commands(arena) {}
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
  std::pmr::string name;
  PipeNode* pipe;  ///< may be null
  TemplateNode(Arena* arena, std::size_t p, std::string_view n, PipeNode* a)
      : Node(NodeType::template_, p), name(n, arena), pipe(a) {}
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
  FieldNode(std::size_t p, Names names) : Node(NodeType::field, p), path(std::move(names)) {}
};

/// `(pipeline).a.b`
struct ChainNode : Node {
  Node* node;
  Names path;
  ChainNode(std::size_t p, Node* n, Names names)
      : Node(NodeType::chain, p), node(n), path(std::move(names)) {}
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
  bool overflows = false;  ///< an unsigned number beyond int64
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
  ListNode* root = nullptr;
};

/// A text with its nodes. Files of equal text share it: a library chart often comes once with each subchart.
struct Text {
  static constexpr std::size_t kLeast = 1000, kMost = 16'000;  ///< bytes of a piece of the arena

  explicit Text(std::string t) : text(std::move(t)), arena(std::clamp(text.size() / 2, kLeast, kMost)) {}
  std::string text;
  PieceArena arena;
  std::list<Value> literals;  ///< stay where they are: nodes point at them
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
