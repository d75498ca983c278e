#include "lib/chart/text/ast.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

void write(std::string& out, const Node& node);

void write_path(std::string& out, const Names& path, bool leading_dot) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i > 0 || leading_dot) out += '.';
    out += path[i];
  }
}

void write_pipe(std::string& out, const PipeNode& pipe) {
  for (std::size_t i = 0; i < pipe.declared.size(); ++i) {
    if (i > 0) out += ", ";
    write(out, *pipe.declared[i]);
  }
  if (!pipe.declared.empty()) out += pipe.assigns ? " = " : " := ";
  for (std::size_t i = 0; i < pipe.commands.size(); ++i) {
    if (i > 0) out += " | ";
    write(out, *pipe.commands[i]);
  }
}

void write_command(std::string& out, const CommandNode& command) {
  for (std::size_t i = 0; i < command.args.size(); ++i) {
    if (i > 0) out += ' ';
    if (command.args[i]->type == NodeType::pipe) {
      out += '(';
      write(out, *command.args[i]);
      out += ')';
    } else {
      write(out, *command.args[i]);
    }
  }
}

void write_branch(std::string& out, const BranchNode& branch) {
  const char* word = branch.type == NodeType::if_ ? "if" : branch.type == NodeType::range ? "range" : "with";
  out += fmt::format("{{{{{} ", word);
  write(out, *branch.pipe);
  out += "}}";
  write(out, *branch.body);
  if (branch.otherwise != nullptr) {
    out += "{{else}}";
    write(out, *branch.otherwise);
  }
  out += "{{end}}";
}

void write(std::string& out, const Node& node) {
  switch (node.type) {
    case NodeType::text: out += static_cast<const TextNode&>(node).text; break;
    case NodeType::action:
      out += "{{";
      write(out, *static_cast<const ActionNode&>(node).pipe);
      out += "}}";
      break;
    case NodeType::list:
      for (const auto* child : static_cast<const ListNode&>(node).nodes) write(out, *child);
      break;
    case NodeType::if_:
    case NodeType::range:
    case NodeType::with: write_branch(out, static_cast<const BranchNode&>(node)); break;
    case NodeType::template_: {
      const auto& tmpl = static_cast<const TemplateNode&>(node);
      out += "{{template " + quote_go(std::string_view(tmpl.name));
      if (tmpl.pipe != nullptr) {
        out += ' ';
        write(out, *tmpl.pipe);
      }
      out += "}}";
      break;
    }
    case NodeType::break_: out += "{{break}}"; break;
    case NodeType::continue_: out += "{{continue}}"; break;
    case NodeType::pipe: write_pipe(out, static_cast<const PipeNode&>(node)); break;
    case NodeType::command: write_command(out, static_cast<const CommandNode&>(node)); break;
    case NodeType::identifier: out += static_cast<const IdentifierNode&>(node).name; break;
    case NodeType::field: write_path(out, static_cast<const FieldNode&>(node).path, true); break;
    case NodeType::chain: {
      const auto& chain = static_cast<const ChainNode&>(node);
      const bool pipe = chain.node->type == NodeType::pipe;
      if (pipe) out += '(';
      write(out, *chain.node);
      if (pipe) out += ')';
      write_path(out, chain.path, true);
      break;
    }
    case NodeType::variable: write_path(out, static_cast<const VariableNode&>(node).path, false); break;
    case NodeType::dot: out += '.'; break;
    case NodeType::nil: out += "nil"; break;
    case NodeType::boolean: out += static_cast<const BooleanNode&>(node).value ? "true" : "false"; break;
    case NodeType::number: out += static_cast<const NumberNode&>(node).text; break;
    case NodeType::string: out += static_cast<const StringNode&>(node).quoted; break;
  }
}

}  // namespace

std::string to_string(const Node& node) {
  std::string out;
  write(out, node);
  return out;
}

bool is_empty_tree(const ListNode& root) {
  return std::all_of(root.nodes.begin(), root.nodes.end(), [](const Node* node) {
    return node->type == NodeType::text && static_cast<const TextNode*>(node)->text.find_first_not_of(
                                               " \t\r\n\v\f") == std::string_view::npos;
  });
}

std::string location(const Source& source, const Node& node) {
  const auto before = source.text->text.substr(0, node.pos);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return fmt::format("{}:{}:{}", source.name, line, column);
}

}  // namespace dpctl::chart
