#include "lib/data/jsonpath.hpp"

#include <optional>

#include "lib/data/jsonpath_node.hpp"
#include "lib/data/number_text.hpp"

namespace dpctl {
namespace {

using Node = JsonPath::Node;
using Nodes = std::vector<Node>;
using Values = std::vector<const Json*>;

constexpr std::size_t kMostValues = 1'000'000;
constexpr std::size_t kMostText = 256U << 20U;

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return format_go_g(value.get<double>());
  return dump_json(value);
}

// nullopt: the kinds do not compare.
std::optional<int> order(const Json& a, const Json& b) {
  if ((a.is_number() && b.is_number()) || (a.is_string() && b.is_string())) return a < b ? -1 : b < a ? 1 : 0;
  return std::nullopt;
}

bool holds(Node::Compare compare, const Json& a, const Json& b) {
  if (compare == Node::Compare::equal) return a == b;
  if (compare == Node::Compare::not_equal) return a != b;
  const auto way = order(a, b);
  if (!way) return false;
  switch (compare) {
    case Node::Compare::less: return *way < 0;
    case Node::Compare::less_equal: return *way <= 0;
    case Node::Compare::greater: return *way > 0;
    default: return *way >= 0;
  }
}

class Evaluator {
 public:
  Result<Values> evaluate(Values values, const Nodes& path) {
    for (const Node& node : path) {
      DPCTL_TRY(values, step(values, node));
      if (work_ += values.size() + 1; work_ > kMostValues)
        return fail(Code::usage, "the jsonpath expression finds more than {} values", kMostValues);
    }
    return values;
  }

  Result<void> print(const Json& current, const Nodes& nodes, std::string& out) {
    for (const Node& node : nodes) {
      if (out.size() > kMostText || ++work_ > kMostValues)
        return fail(Code::usage, "the jsonpath template prints too much");
      if (node.kind == Node::Kind::text) {
        out += node.name;
        continue;
      }
      DPCTL_TRY(const auto values, evaluate({&current}, node.path));
      if (node.kind == Node::Kind::range) {
        for (const Json* value : values) DPCTL_CHECK(print(*value, node.other, out));
        continue;
      }
      for (std::size_t i = 0; i < values.size(); ++i) out += (i == 0 ? "" : " ") + text_of(*values[i]);
    }
    return {};
  }

 private:
  Result<Values> step(const Values& values, const Node& node) {
    Values found;
    if (node.kind == Node::Kind::literal) return Values{&node.value};
    for (const Json* value : values) {
      switch (node.kind) {
        case Node::Kind::field: field(*value, node.name, found); break;
        case Node::Kind::wildcard:
          if (value->is_structured())
            for (const Json& child : *value) found.push_back(&child);
          break;
        case Node::Kind::recursive: DPCTL_CHECK(descend(*value, found)); break;
        case Node::Kind::slice: DPCTL_CHECK(slice(*value, node, found)); break;
        case Node::Kind::filter: DPCTL_CHECK(filter(*value, node, found)); break;
        case Node::Kind::alternatives:
          for (const auto& path : node.alternatives) {
            DPCTL_TRY(const auto some, evaluate({value}, path));
            found.insert(found.end(), some.begin(), some.end());
          }
          break;
        default: break;
      }
    }
    return found;
  }

  static void field(const Json& value, const std::string& name, Values& found) {
    if (!value.is_object()) return;
    if (const auto at = value.find(name); at != value.end()) found.push_back(&*at);
  }

  // The value and all containers below it, from the top; empty ones hold nothing that could be found.
  Result<void> descend(const Json& value, Values& found) {
    if (!value.is_structured() || value.empty()) return {};
    if (++work_ > kMostValues)
      return fail(Code::usage, "the jsonpath expression finds more than {} values", kMostValues);
    found.push_back(&value);
    for (const Json& child : value) DPCTL_CHECK(descend(child, found));
    return {};
  }

  static Result<void> slice(const Json& value, const Node& node, Values& found) {
    if (value.is_null()) return {};
    if (!value.is_array())
      return fail(Code::usage, "{} is not a list, brackets cannot be used on it", value.type_name());
    const auto size = static_cast<long>(value.size());
    long first = node.first.value_or(0);
    if (first < 0) first += size;
    long last = node.single ? first + 1 : node.last.value_or(size);
    if (last < 0) last += size;
    if (first == last) return {};
    if (first < 0 || first >= size || last < 0 || last > size)
      return fail(Code::usage, "array index out of bounds: index {}, length {}",
                  first < 0 || first >= size ? first : last - 1, size);
    if (first > last)
      return fail(Code::usage, "starting index {} is greater than ending index {}", first, last);
    const long step = node.step.value_or(1);
    if (step <= 0) return fail(Code::usage, "the step of a slice must be above zero");
    for (long i = first; i < last; i += std::min(step, size))
      found.push_back(&value[static_cast<std::size_t>(i)]);
    return {};
  }

  Result<void> filter(const Json& value, const Node& node, Values& found) {
    if (value.is_null()) return {};
    if (!value.is_array())
      return fail(Code::usage, "{} is not a list and cannot be filtered", value.type_name());
    for (const Json& item : value) {
      DPCTL_TRY(const auto left, evaluate({&item}, node.path));
      if (left.empty()) continue;
      if (node.compare == Node::Compare::exists) {
        found.push_back(&item);
        continue;
      }
      DPCTL_TRY(const auto right, evaluate({&item}, node.other));
      if (right.empty()) continue;
      if (left.size() > 1 || right.size() > 1)
        return fail(Code::usage, "a filter can only compare one value at a time");
      if (holds(node.compare, *left.front(), *right.front())) found.push_back(&item);
    }
    return {};
  }

  std::size_t work_ = 0;
};

}  // namespace

Result<std::string> JsonPath::print(const Json& document) const {
  std::string out;
  DPCTL_CHECK(Evaluator().print(document, nodes_, out));
  return out;
}

Result<std::vector<const Json*>> JsonPath::find(const Json& document) const {
  std::vector<const Json*> found;
  Evaluator evaluator;
  for (const Node& node : nodes_) {
    if (node.kind != Node::Kind::expression) continue;
    DPCTL_TRY(const auto values, evaluator.evaluate({&document}, node.path));
    found.insert(found.end(), values.begin(), values.end());
  }
  return found;
}

}  // namespace dpctl
