// exec.cpp: runs a parsed template on a value tree.
//
// Go evaluates `and`/`or` lazily, compares only like kinds, and prints a float64 that holds an integer as
// `1e+06`. Charts depend on all three, so values keep Go's kinds and are never JSON. Maps are shared, not
// copied: `set` and `merge` mutate what the chart's other templates see, in Helm's order of execution
// (deepest path first, names descending).
#include "lib/chart/text/exec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/text/parser.hpp"
#include "lib/chart/value/complex.hpp"
#include "lib/chart/value/named.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxIncludes = 1000;         // Helm's own bound on nested uses of one name
constexpr int kMaxTemplateDepth = 100000;  // Go's own

std::string_view parameter_type(char letter) {
  switch (letter) {
    case 's': return "string";
    case 'i': return "int";
    case 'f': return "float64";
    case 'b': return "bool";
    case 'm': return "map[string]interface {}";
    case 'l': return "[]interface {}";
    case 't': return "time.Time";
    case 'c': return "sprig.certificate";
    case 'r': return "reflect.Value";
    case 'w': return "io.Writer";
    default: return "interface {}";
  }
}

bool can_be_nil(char letter) {
  return letter == 'a' || letter == 'r' || letter == 'm' || letter == 'l' || letter == 'w';
}

bool assignable(const Value& value, char letter) {
  switch (letter) {
    case 's': return value.is_string();
    case 'i': return value.kind() == Kind::integer;
    case 'f': return value.kind() == Kind::real;
    case 'b': return value.is_bool();
    case 'm': return value.is_map() && value.elem() == Elem::any;
    case 'l': return value.is_list() && value.elem() == Elem::any;
    case 't': return value.kind() == Kind::object && value.as_object().type_name() == "time.Time";
    case 'c': return value.kind() == Kind::object && value.as_object().type_name() == "sprig.certificate";
    case 'w': return false;
    default: return true;
  }
}

using Operands = std::span<const Node* const>;

/// Arguments of one call: most have few.
class Arguments {
 public:
  void push(Value value) {
    if (size_ < few_.size() && many_.empty()) {
      few_[size_++] = std::move(value);
      return;
    }
    if (many_.empty()) many_.assign(few_.begin(), few_.end());
    many_.push_back(std::move(value));
    ++size_;
  }
  std::span<Value> all() {
    return many_.empty() ? std::span<Value>(few_.data(), size_) : std::span<Value>(many_);
  }

 private:
  std::array<Value, 6> few_;
  std::size_t size_ = 0;
  std::vector<Value> many_;
};

}  // namespace

/// Walks one tree.
class Walker {
 public:
  Walker(Execution& execution, const Tree& tree, std::string& out)
      : ex_(execution), tree_(tree), out_(out), base_(execution.variables_.size()) {}
  ~Walker() { ex_.variables_.resize(base_); }
  Walker(const Walker&) = delete;
  Walker& operator=(const Walker&) = delete;

  void run(const Value& data) {
    push("$", data, false);
    walk_list(Dot{data, false}, *tree_.root);
  }

 private:
  enum class Flow : std::uint8_t { on, break_, continue_ };
  struct Dot {
    Value value;
    bool boxed;
  };
  /// The final argument that a pipe hands to its next command; null for the first one.
  using Final = const Value*;

  [[noreturn]] void fail(const std::string& message,
                         std::shared_ptr<const TemplateError> inner = nullptr) const {
    const auto place = location(*tree_.source, *at_);
    throw TemplateError{fmt::format("template: {}: executing {} at <{}>: {}", place, quote_go(tree_.name),
                                    to_string(*at_), message),
                        place, std::move(inner), true};
  }

  void push(std::string_view name, const Value& value, bool boxed) {
    ex_.variables_.push_back({name, value, boxed});
  }
  [[nodiscard]] std::size_t mark() const { return ex_.variables_.size(); }
  void pop(std::size_t mark) { ex_.variables_.resize(mark); }
  Execution::Variable& variable(std::string_view name) {
    for (auto i = ex_.variables_.size(); i-- > base_;)
      if (ex_.variables_[i].name == name) return ex_.variables_[i];
    fail(fmt::format("undefined variable: {}", name));
  }

  Flow walk_list(const Dot& dot, const ListNode& list) {
    for (const auto* node : list.nodes)
      if (const auto flow = walk(dot, *node); flow != Flow::on) return flow;
    return Flow::on;
  }

  Flow walk(const Dot& dot, const Node& node) {
    at_ = &node;
    ex_.count_step();
    switch (node.type) {
      case NodeType::text: write(static_cast<const TextNode&>(node).text); return Flow::on;
      case NodeType::action: {
        const auto* pipe = static_cast<const ActionNode&>(node).pipe;
        const Value value = pipeline(dot, *pipe);
        if (pipe->declared.empty()) {
          const auto before = out_.size();
          print_action(out_, value);
          account(out_.size() - before);
        }
        return Flow::on;
      }
      case NodeType::if_:
      case NodeType::with: return branch(dot, static_cast<const BranchNode&>(node));
      case NodeType::range: return range(dot, static_cast<const BranchNode&>(node));
      case NodeType::template_: call_template(dot, static_cast<const TemplateNode&>(node)); return Flow::on;
      case NodeType::break_: return Flow::break_;
      case NodeType::continue_: return Flow::continue_;
      default: return Flow::on;
    }
  }

  void write(std::string_view text) {
    out_ += text;
    account(text.size());
  }
  void account(std::size_t bytes) {
    ex_.written_ += bytes;
    if (ex_.written_ > ex_.limits_.output) fail("the output is larger than its bound");
  }

  Flow branch(const Dot& dot, const BranchNode& node) {
    const auto before = mark();
    const Value value = pipeline(dot, *node.pipe);
    auto flow = Flow::on;
    if (truth(value)) {
      flow =
          node.type == NodeType::with ? walk_list(Dot{value, false}, *node.body) : walk_list(dot, *node.body);
    } else if (node.otherwise != nullptr) {
      flow = walk_list(dot, *node.otherwise);
    }
    pop(before);
    return flow;
  }

  Flow range(const Dot& dot, const BranchNode& node) {
    const auto before = mark();
    const Value value = pipeline(dot, *node.pipe);
    const auto inside = mark();
    bool any = false;
    auto flow = Flow::on;
    // False ends the loop.
    const auto once = [&](const Value& index, const Value& element, bool boxed) {
      ex_.count_step();
      any = true;
      assign_loop(*node.pipe, index, element, boxed);
      flow = walk_list(Dot{element, boxed}, *node.body);
      pop(inside);
      return flow != Flow::break_;
    };
    switch (value.kind()) {
      case Kind::integer:
      case Kind::int64:
      case Kind::byte:
        if (node.pipe->declared.size() > 1)
          fail(fmt::format("can't use {} to iterate over more than one variable", print(value)));
        for (std::int64_t i = 0; i < value.as_int(); ++i) {
          Value element = value.kind() == Kind::integer ? Value::integer(i) : Value::int64(i);
          if (!once(Value(), element, false)) break;
        }
        break;
      case Kind::list:
        for (std::size_t i = 0; i < value.as_list().size(); ++i)
          if (!once(Value::integer(static_cast<std::int64_t>(i)), boxed_nil(value, value.as_list()[i]),
                    value.elem() == Elem::any))
            break;
        break;
      case Kind::map: range_map(value, once); break;
      case Kind::object: {
        const auto kind = value.as_object().kind_name();
        if (kind != "map" && kind != "slice") fail("range can't iterate over " + print(value));
        const Value plain = value.as_object().plain();
        if (plain.is_map() && kind == "map") {
          range_map(plain, once);
        } else if (plain.is_list()) {
          for (std::size_t i = 0; i < plain.as_list().size(); ++i)
            if (!once(Value::integer(static_cast<std::int64_t>(i)), plain.as_list()[i], false)) break;
        } else {
          fail("range can't iterate over " + print(value));
        }
        break;
      }
      case Kind::invalid:
      case Kind::nil: break;
      default: fail("range can't iterate over " + print(value));
    }
    flow = Flow::on;
    if (!any && node.otherwise != nullptr) flow = walk_list(dot, *node.otherwise);
    pop(before);
    return flow;
  }

  /// Go takes all keys and values before the first turn: what the body sets is not seen.
  template <class Once>
  void range_map(const Value& map, const Once& once) {
    const auto entries = map.as_map().entries;
    const bool boxed = map.elem() == Elem::any;
    for (const auto& entry : entries)
      if (!once(entry.key, boxed_nil(map, entry.value), boxed)) break;
  }

  static Value boxed_nil(const Value& holder, const Value& element) {
    return element.kind() == Kind::invalid && holder.elem() == Elem::any ? Value::nil() : element;
  }

  void assign_loop(const PipeNode& pipe, const Value& index, const Value& element, bool boxed) {
    const auto& declared = pipe.declared;
    if (declared.empty()) return;
    if (pipe.assigns) {
      auto& first = variable(declared[0]->path[0]);
      first.value = declared.size() > 1 ? index : element;
      if (declared.size() > 1) variable(declared[1]->path[0]).value = element;
      return;
    }
    auto& stack = ex_.variables_;
    auto& last = stack[stack.size() - 1];
    last.value = element;
    last.boxed = boxed;
    if (declared.size() > 1) stack[stack.size() - 2].value = index;
  }

  void call_template(const Dot& dot, const TemplateNode& node) {
    const auto* tree = ex_.definitions_->find(node.name);
    if (tree == nullptr) fail(fmt::format("template {} not defined", quote_go(std::string_view(node.name))));
    if (ex_.template_depth_ == kMaxTemplateDepth)
      fail(fmt::format("exceeded maximum template depth ({})", kMaxTemplateDepth));
    stack_check(&node);
    const Value data = node.pipe == nullptr ? Value() : pipeline(dot, *node.pipe);
    ++ex_.template_depth_;
    Walker(ex_, *tree, out_).run(data);
    --ex_.template_depth_;
  }

  void stack_check(const Node*) const {
    const char here = 0;
    if (const auto used = ex_.stack_base_ - &here;
        used > 0 && static_cast<std::size_t>(used) > ex_.limits_.stack)
      fail("templates are nested too deeply");
  }

  Value pipeline(const Dot& dot, const PipeNode& pipe) {
    at_ = &pipe;
    Value value;
    Final final = nullptr;
    for (const auto* command_node : pipe.commands) {
      value = command(dot, *command_node, final);
      if (value.kind() == Kind::nil) value = Value();
      final = &value;
    }
    for (const auto* declared : pipe.declared) {
      if (pipe.assigns) {
        auto& known = variable(declared->path[0]);
        known.value = value;
        known.boxed = false;
      } else {
        push(declared->path[0], value, false);
      }
    }
    return value;
  }

  void not_a_function(const CommandNode& node, Final final) const {
    if (node.args.size() > 1 || final != nullptr)
      fail("can't give argument to non-function " + to_string(*node.args[0]));
  }

  Value command(const Dot& dot, const CommandNode& node, Final final) {
    const Node& first = *node.args[0];
    const auto rest = node.args.subspan(1);
    switch (first.type) {
      case NodeType::field: {
        at_ = &first;
        return fields(dot, dot.value, dot.boxed, first, static_cast<const FieldNode&>(first).path, 0, rest,
                      final);
      }
      case NodeType::chain: return chain(dot, static_cast<const ChainNode&>(first), rest, final);
      case NodeType::identifier: {
        at_ = &first;
        return call(dot, static_cast<const IdentifierNode&>(first), node, rest, final);
      }
      case NodeType::pipe:
        not_a_function(node, final);
        return pipeline(dot, static_cast<const PipeNode&>(first));
      case NodeType::variable:
        return variable_fields(dot, static_cast<const VariableNode&>(first), rest, final, &node);
      default: break;
    }
    at_ = &first;
    not_a_function(node, final);
    switch (first.type) {
      case NodeType::boolean: return Value::boolean(static_cast<const BooleanNode&>(first).value);
      case NodeType::dot: return dot.value;
      case NodeType::nil: fail("nil is not a command");
      case NodeType::number: return constant(static_cast<const NumberNode&>(first));
      case NodeType::string: return static_cast<const StringNode&>(first).value;
      default: fail("can't evaluate command " + quote_go(to_string(first)));
    }
  }

  Value constant(const NumberNode& node) {
    at_ = &node;
    if (node.is_complex) return complex_number(node.real, node.imaginary);
    const bool hex = node.text.size() > 2 && node.text[0] == '0' &&
                     (node.text[1] == 'x' || node.text[1] == 'X') &&
                     node.text.find_first_of("pP") == std::string::npos;
    if (node.is_float && !hex && node.text[0] != '\'' &&
        node.text.find_first_of(".eEpP") != std::string::npos)
      return Value::real(node.real);
    if (node.is_int) return Value::integer(node.integer);
    fail(fmt::format("{} overflows int", node.text));
  }

  Value variable_fields(const Dot& dot, const VariableNode& node, Operands args, Final final,
                        const CommandNode* command) {
    at_ = &node;
    const auto& known = variable(node.path[0]);
    if (node.path.size() == 1) {
      if (command != nullptr) not_a_function(*command, final);
      return known.value;
    }
    const Value receiver = known.value;
    return fields(dot, receiver, known.boxed, node, node.path, 1, args, final);
  }

  Value chain(const Dot& dot, const ChainNode& node, Operands args, Final final) {
    at_ = &node;
    if (node.node->type == NodeType::nil) fail("indirection through explicit nil in " + to_string(node));
    const Value receiver = argument(dot, 'a', *node.node);
    return fields(dot, receiver, false, node, node.path, 0, args, final);
  }

  /// `.a.b.c`, from `path[from]` on; only the last one may be a method with arguments.
  Value fields(const Dot& dot, const Value& receiver, bool boxed, const Node& node, const Names& path,
               std::size_t from, Operands args, Final final) {
    Value held;
    const Value* at = &receiver;
    for (auto i = from; i < path.size(); ++i) {
      const bool last = i + 1 == path.size();
      // The common case without a copy: down plain maps.
      if (!last && at->is_map()) {
        if (const auto* found = at->as_map().find(path[i]);
            found != nullptr && found->kind() != Kind::invalid) {
          at = found;
          boxed = at != nullptr;
          continue;
        }
      }
      held = last ? field(dot, *at, boxed, path[i], node, args, final)
                  : field(dot, *at, boxed, path[i], node, {}, nullptr);
      at = &held;
    }
    return *at;
  }

  /// `boxed` tells of the receiver, then of the field: is its Go type interface{}?
  Value field(const Dot& dot, const Value& receiver, bool& boxed, std::string_view name, const Node& node,
              Operands args, Final final) {
    const bool has_args = !args.empty() || final != nullptr;
    switch (receiver.kind()) {
      case Kind::invalid: return {};
      case Kind::nil: fail(fmt::format("nil pointer evaluating interface {{}}.{}", name));
      case Kind::map: {
        if (const auto method = values_method(dot, receiver, name, node, args, final)) {
          boxed = name == "PathValue";
          return *method;
        }
        boxed = receiver.elem() == Elem::any;
        if (has_args) fail(fmt::format("{} is not a method but has arguments", name));
        if (const auto* found = receiver.as_map().find(name); found != nullptr)
          return found->kind() == Kind::invalid ? Value::nil() : *found;
        return receiver.elem() == Elem::any ? Value::nil() : Value::string("");
      }
      case Kind::list:
        if (receiver.is_named() && name == "Has") {
          boxed = false;
          return has_version(dot, receiver, args, final);
        }
        break;
      case Kind::object: {
        const auto& object = receiver.as_object();
        if (object.has_method(name)) {
          boxed = false;
          return method(dot, object, name, node, args, final);
        }
        Value value = object.field(name);
        if (value.kind() != Kind::invalid) {
          boxed = false;
          if (has_args) fail(fmt::format("{} has arguments but cannot be invoked as function", name));
          return value;
        }
        if (object.kind_name() == "map") return Value::nil();
        break;
      }
      default: break;
    }
    fail(fmt::format("can't evaluate field {} in type {}", name,
                     boxed ? "interface {}" : type_name(receiver)));
  }

  /// A method of Helm's Values type hides a key of that name.
  std::optional<Value> values_method(const Dot& dot, const Value& map, std::string_view name,
                                     const Node& node, Operands args, Final final) {
    if (!map.is_named()) return std::nullopt;
    const auto* known = find_values_method(name);
    if (known == nullptr) return std::nullopt;
    const auto given = args.size() + (final == nullptr ? 0 : 1);
    if (given != known->arity)
      fail(fmt::format("wrong number of args for {}: want {} got {}", name, known->arity, given));
    Value path;
    if (!args.empty()) path = argument(dot, known->parameter, *args[0]);
    if (final != nullptr) path = checked(*final, known->parameter);
    try {
      return known->run(map, path.is_string() ? std::string_view(path.as_string()) : std::string_view());
    } catch (TemplateError& error) {
      at_ = &node;
      wrap(name, std::move(error));
    }
  }

  /// The one method of Helm's type VersionSet.
  Value has_version(const Dot& dot, const Value& versions, Operands args, Final final) {
    const auto given = args.size() + (final == nullptr ? 0 : 1);
    if (given != 1) fail(fmt::format("wrong number of args for Has: want 1 got {}", given));
    const Value wanted = args.empty() ? checked(*final, 's') : argument(dot, 's', *args[0]);
    const auto& all = versions.as_list();
    return Value::boolean(std::any_of(
        all.begin(), all.end(), [&](const Value& one) { return one.as_string() == wanted.as_string(); }));
  }

  Value method(const Dot& dot, const Object& object, std::string_view name, const Node& node, Operands args,
               Final final) {
    const auto given = args.size() + (final == nullptr ? 0 : 1);
    const int arity = object.arity(name);
    if (arity >= 0 && given != static_cast<std::size_t>(arity))
      fail(fmt::format("wrong number of args for {}: want {} got {}", name, arity, given));
    Arguments values;
    for (const auto* arg : args) values.push(argument(dot, arity < 0 ? 'a' : 's', *arg));
    if (final != nullptr) values.push(checked(*final, arity < 0 ? 'a' : 's'));
    try {
      return object.call(name, values.all());
    } catch (TemplateError& error) {
      at_ = &node;
      wrap(name, std::move(error));
    }
  }

  [[noreturn]] void wrap(std::string_view name, TemplateError error) const {
    auto inner = std::make_shared<const TemplateError>(std::move(error));
    fail(fmt::format("error calling {}: {}", name, inner->text), inner);
  }

  Value call(const Dot& dot, const IdentifierNode& name, const Node& node, Operands args, Final final) {
    const Function& function = *name.function;
    const auto given = args.size() + (final == nullptr ? 0 : 1);
    if (function.variadic()) {
      if (given < function.fixed())
        fail(fmt::format("wrong number of args for {}: want at least {} got {}", name.name, function.fixed(),
                         args.size()));
    } else if (given != function.fixed()) {
      fail(fmt::format("wrong number of args for {}: want {} got {}", name.name, function.fixed(), given));
    }
    using Special = Function::Special;
    if (function.special == Special::and_ || function.special == Special::or_)
      return lazy(dot, function, args, final);
    Arguments values;
    for (std::size_t i = 0; i < args.size(); ++i) values.push(argument(dot, function.parameter(i), *args[i]));
    if (final != nullptr) values.push(checked(*final, function.parameter(given - 1)));
    if (function.special == Special::call) values.push(Value::string(callee(args, final)));
    try {
      Call call{ex_, function, values.all()};
      Value result = function.run(call);
      count_large(result);
      return result;
    } catch (TemplateError& error) {
      at_ = &node;
      wrap(name.name, std::move(error));
    }
  }

  /// What large texts and lists take in all counts as output does, written or not: a chart may build more
  /// than it writes.
  void count_large(const Value& result) {
    constexpr std::size_t kLarge = std::size_t{1} << 20U;  // bytes
    const std::size_t size = result.is_string() ? result.as_string().size()
                             : result.is_list() ? result.as_list().size() * sizeof(Value)
                                                : 0;
    if (size < kLarge) return;
    ex_.written_ += size;
    if (ex_.written_ > ex_.limits_.output) throw_error("the chart builds more than its bound");
  }

  static std::string callee(Operands args, Final final) {
    if (!args.empty()) return to_string(*args[0]);
    return final->is_string() ? final->as_string() : "<" + type_name(*final) + " Value>";
  }

  Value lazy(const Dot& dot, const Function& function, Operands args, Final final) {
    const bool stop_on = function.special == Function::Special::or_;
    Value value;
    for (const auto* arg : args) {
      value = argument(dot, 'r', *arg);
      if (truth(value) == stop_on) return value;
    }
    return final == nullptr ? value : *final;
  }

  Value argument(const Dot& dot, char type, const Node& node) {
    at_ = &node;
    switch (node.type) {
      case NodeType::dot: return checked(dot.value, type);
      case NodeType::nil:
        if (!can_be_nil(type)) fail(fmt::format("cannot assign nil to {}", parameter_type(type)));
        return type == 'm' ? Value::nil_map() : type == 'r' ? Value() : Value::nil();
      case NodeType::field:
        return checked(
            fields(dot, dot.value, dot.boxed, node, static_cast<const FieldNode&>(node).path, 0, {}, nullptr),
            type);
      case NodeType::variable:
        return checked(variable_fields(dot, static_cast<const VariableNode&>(node), {}, nullptr, nullptr),
                       type);
      case NodeType::pipe: return checked(pipeline(dot, static_cast<const PipeNode&>(node)), type);
      case NodeType::identifier:
        return checked(call(dot, static_cast<const IdentifierNode&>(node), node, {}, nullptr), type);
      case NodeType::chain:
        return checked(chain(dot, static_cast<const ChainNode&>(node), {}, nullptr), type);
      default: return literal(type, node);
    }
  }

  Value literal(char type, const Node& node) {
    const auto expected = [&](std::string_view what) {
      fail(fmt::format("expected {}; found {}", what, to_string(node)));
    };
    switch (type) {
      case 'a':
      case 'r':
        if (node.type == NodeType::boolean)
          return Value::boolean(static_cast<const BooleanNode&>(node).value);
        if (node.type == NodeType::number) return constant(static_cast<const NumberNode&>(node));
        return static_cast<const StringNode&>(node).value;
      case 's':
        if (node.type != NodeType::string) expected("string");
        return static_cast<const StringNode&>(node).value;
      case 'i':
        if (node.type != NodeType::number || !static_cast<const NumberNode&>(node).is_int)
          expected("integer");
        return Value::integer(static_cast<const NumberNode&>(node).integer);
      case 'f':
        if (node.type != NodeType::number || !static_cast<const NumberNode&>(node).is_float)
          expected("float");
        return Value::real(static_cast<const NumberNode&>(node).real);
      case 'b':
        if (node.type != NodeType::boolean) expected("bool");
        return Value::boolean(static_cast<const BooleanNode&>(node).value);
      default: fail(fmt::format("can't handle {} for arg of type {}", to_string(node), parameter_type(type)));
    }
  }

  Value checked(Value value, char type) const {
    if (type == 'a' || type == 'r') return value;
    if (value.kind() == Kind::invalid) {
      if (type == 'm') return Value::nil_map();
      if (can_be_nil(type)) return value;
      fail(fmt::format("invalid value; expected {}", parameter_type(type)));
    }
    if (assignable(value, type)) return value.is_named() ? value.as_named(false) : value;
    fail(fmt::format("wrong type for value; expected {}; got {}", parameter_type(type),
                     value.kind() == Kind::nil ? "interface {}" : type_name(value)));
  }

  Execution& ex_;
  const Tree& tree_;
  std::string& out_;
  std::size_t base_;
  const Node* at_ = nullptr;
};

void Definitions::add(std::shared_ptr<const Source> source) {
  for (const auto& tree : source->trees) {
    if (is_empty_tree(*tree->root) && find(tree->name) != nullptr) continue;
    templates_[tree->name] = {.tree = tree.get()};
  }
  sources_.push_back(std::move(source));
}

void Definitions::add_later(std::string name, Later later) {
  templates_.emplace(std::move(name), Template{.tree = nullptr, .later = std::move(later)});
}

const Tree* Definitions::find(std::string_view name) const {
  for (const auto* scope = this; scope != nullptr; scope = scope->outer_) {
    const auto found = scope->templates_.find(name);
    if (found == scope->templates_.end()) continue;
    auto& wanted = found->second;
    if (wanted.tree == nullptr) {
      scope->sources_.push_back(wanted.later());
      wanted.tree = &scope->sources_.back()->main();
    }
    return wanted.tree;
  }
  return nullptr;
}

void Execution::count_step() {
  if (++steps_ > limits_.steps) throw_error("the chart takes more steps than its bound");
  if ((steps_ & 0xFFFU) == 0 && limits_.deadline.passed()) throw_error("the deadline passed while rendering");
}

void Execution::run(const Definitions& definitions, const Tree& tree, const Value& data, std::string& out) {
  const char here = 0;
  if (stack_base_ == nullptr) stack_base_ = &here;
  const auto used = stack_base_ - &here;
  if (used > 0 && static_cast<std::size_t>(used) > limits_.stack)
    throw_error("templates are nested too deeply");
  const auto* outer = std::exchange(definitions_, &definitions);
  // Nothing given is nothing at all, not an interface that holds nothing: its fields are empty, not an error.
  Walker(*this, tree, out).run(data.kind() == Kind::nil ? Value() : data);
  definitions_ = outer;
}

Value Execution::include(const std::string& name, const Value& data) {
  auto& depth = includes_[name];
  if (depth > kMaxIncludes)
    throw_error(
        fmt::format("rendering template has a nested reference name: {}: unable to execute template", name));
  ++depth;
  const auto* tree = definitions_->find(name);
  if (tree == nullptr) {
    --depth;
    throw TemplateError{
        fmt::format("template: no template {} associated with template \"gotpl\"", quote_go(name)),
        {},
        nullptr,
        false};
  }
  std::string out;
  run(*definitions_, *tree, data, out);
  --includes_[name];
  return Value::string(std::move(out));
}

namespace {

void erase_no_value(std::string& text) {
  constexpr std::string_view kMark = "<no value>";
  for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at))
    text.erase(at, kMark.size());
}

}  // namespace

Value Execution::tpl(const Value& text, const Value& data) {
  const std::string& body = text.as_string();
  if (body.find("{{") == std::string::npos) {
    if (body.find("<no value>") == std::string::npos) return text;
    std::string plain = body;
    erase_no_value(plain);
    return Value::string(std::move(plain));
  }
  auto& source = parsed_[body];
  if (source == nullptr) {
    try {
      source = parse_or_throw("gotpl", body);
    } catch (const TemplateError& error) {
      throw TemplateError{
          fmt::format("cannot parse template {}: {}", quote_go(body), error.text), {}, nullptr, false};
    }
  }
  const auto held = source;  // a nested tpl may rehash the cache
  Definitions scope(definitions_);
  if (held->trees.size() > 1 || body.find("gotpl") != std::string::npos) scope.add(held);
  std::string out;
  try {
    run(scope, held->main(), data, out);
  } catch (const TemplateError& error) {
    throw TemplateError{
        fmt::format("error during tpl function execution for {}: {}", quote_go(body), error.text),
        {},
        std::make_shared<const TemplateError>(error),
        false};
  }
  erase_no_value(out);
  return Value::string(std::move(out));
}

}  // namespace dpctl::chart
