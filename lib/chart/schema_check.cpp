// schema_check.cpp: a value against a schema, which is walked, never compiled.
//
// The order of keywords and the wording follow Helm's validator: type, const, enum and format end the check
// of a value; everything else is gathered. A failure is a tree: what an anyOf was made of stands below it.
#include "lib/chart/schema_check.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <set>

#include "lib/base/strings.hpp"
#include "lib/chart/schema_format.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxSteps = 2'000'000;
constexpr std::size_t kMaxLines = 1000;
constexpr std::array<std::string_view, 7> kTypes{"null",   "boolean", "number", "integer",
                                                 "string", "array",   "object"};

bool is_number(const Value& value) { return value.is_integer() || value.kind() == Kind::real; }
double number_of(const Value& value) {
  return value.kind() == Kind::real ? value.as_real() : static_cast<double>(value.as_int());
}
bool is_whole(const Value& value) {
  return value.is_integer() || (value.kind() == Kind::real && value.as_real() == std::floor(value.as_real()));
}

std::string_view json_type(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean: return "boolean";
    case Kind::string: return "string";
    case Kind::list: return "array";
    case Kind::map: return "object";
    case Kind::invalid:
    case Kind::nil: return "null";
    default: return "number";
  }
}

/// Equality of JSON: 1 and 1.0 are one number.
bool json_equal(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return number_of(a) == number_of(b);
  if (json_type(a) != json_type(b)) return false;
  if (a.is_list())
    return std::equal(a.as_list().begin(), a.as_list().end(), b.as_list().begin(), b.as_list().end(),
                      json_equal);
  if (a.is_map()) {
    const auto& x = a.as_map().entries;
    const auto& y = b.as_map().entries;
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& l, const auto& r) {
      return l.name() == r.name() && json_equal(l.value, r.value);
    });
  }
  return deep_equal(a, b);
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  const auto go = quote_go(text);
  for (std::size_t i = 1; i + 1 < go.size(); ++i) {
    if (go[i] == '\\' && go[i + 1] == '"' && i + 2 < go.size()) continue;
    if (go[i] == '\'') out += '\\';
    out += go[i];
    if (go[i] == '\\') out += go[++i];
  }
  return out + "'";
}

std::string all_quoted(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(quoted(name));
  return join(out, ", ");
}

std::string shown(const Value& value) {
  if (is_number(value) && is_whole(value) && std::fabs(number_of(value)) < 1e21)
    return fmt::format("{:.0f}", number_of(value));
  if (is_number(value)) return format_real(number_of(value));
  if (value.is_string()) return quoted(value.as_string());
  return value.is_nil() ? "<nil>" : to_json(value);
}

struct Failure {
  std::string at, message;
  bool reference = false;  ///< of a $ref: not worth a line of its own when there is one cause
  bool group = false;
  std::vector<Failure> causes;
};
using Verdict = std::optional<Failure>;

/// Properties and items that no keyword has looked at yet, for unevaluatedProperties and unevaluatedItems.
struct Unseen {
  std::set<std::string> properties;
  std::set<std::size_t> items;
  void meet(const Unseen& other) {
    std::erase_if(properties, [&](const auto& name) { return !other.properties.contains(name); });
    std::erase_if(items, [&](const auto index) { return !other.items.contains(index); });
  }
};

struct Frame {
  const Frame* parent;
  const void* schema;
  const void* value;
  std::string location;  ///< the way of keywords that led here, for reports of cycles
};

class Checker {
 public:
  explicit Checker(const SchemaDocument& document) : document_(document), draft_(document.draft()) {}

  SchemaReport run(const Value& value) {
    SchemaReport report;
    Unseen unseen;
    if (const auto failure = check(document_.root(), value, "", nullptr, "", unseen, 0)) {
      if (failure->group) {
        for (const auto& cause : failure->causes) print(cause, 0, report.complaints);
      } else {
        print(*failure, 0, report.complaints);
      }
    }
    report.problem = problem_;
    return report;
  }

 private:
  /// What is known of the value under check; `failures` is what was found of it.
  struct Visit {
    const Value& schema;
    const Value& value;
    const std::string& at;
    const Frame& frame;
    Unseen& unseen;
    int depth;
    std::vector<Failure> failures = {};
    void add(std::string message, std::vector<Failure> causes = {}) {
      failures.push_back({at, std::move(message), false, false, std::move(causes)});
    }
    void add(Verdict verdict) {
      if (verdict) failures.push_back(*std::move(verdict));
    }
    [[nodiscard]] const Value* keyword(const char* name) const { return schema.find(name); }
    [[nodiscard]] const std::vector<Value>* array(const char* name) const {
      const auto* found = schema.find(name);
      return found != nullptr && found->is_list() ? &found->as_list() : nullptr;
    }
    [[nodiscard]] const Value* number(const char* name) const {
      const auto* found = schema.find(name);
      return found != nullptr && is_number(*found) ? found : nullptr;
    }
    [[nodiscard]] bool flag(const char* name) const {
      const auto* found = schema.find(name);
      return found != nullptr && found->is_bool() && found->as_bool();
    }
    [[nodiscard]] std::optional<std::size_t> count(const char* name) const {
      const auto* found = number(name);
      if (found == nullptr || number_of(*found) < 0) return std::nullopt;
      return static_cast<std::size_t>(number_of(*found));
    }
  };

  static void print(const Failure& failure, std::size_t indent, std::vector<std::string>& lines) {
    if (lines.size() >= kMaxLines) return;
    const bool skip = failure.reference && failure.causes.size() == 1;
    if (!skip)
      lines.push_back(std::string(indent * 2, ' ') + "- at " + quoted(failure.at) + ": " + failure.message);
    for (const auto& cause : failure.causes) print(cause, skip ? indent : indent + 1, lines);
  }

  Verdict check(const Value& schema, const Value& value, const std::string& at, const Frame* parent,
                const std::string& step, Unseen& unseen, int depth) {
    if (depth > kMaxDepth || ++steps_ > kMaxSteps) {
      if (problem_.empty()) problem_ = "the schema is nested too deeply, or refers to itself without end";
      return std::nullopt;
    }
    const auto simple = [&](std::string message) {
      return Failure{at, std::move(message), false, false, {}};
    };
    if (schema.is_bool()) return schema.as_bool() ? Verdict() : simple("false schema");
    if (!schema.is_map()) return std::nullopt;
    const Frame frame{parent, &schema.as_map(), &value, (parent == nullptr ? "" : parent->location) + step};
    for (const auto* up = parent; up != nullptr && up->value == &value; up = up->parent)
      if (up->schema == frame.schema)
        return simple(fmt::format("both {} and {} resolve to {} causing reference cycle", frame.location,
                                  up->location, quote_go(document_.url_of(schema))));
    start(value, unseen);
    Visit visit{schema, value, at, frame, unseen, depth};
    if (const auto* target = document_.target(schema, "$ref"); target != nullptr) {
      if (draft_ < 2019) return follow(visit, *target, "$ref");
      if (auto wrong = wrong_kind(visit)) return simple(*wrong);
      visit.add(follow(visit, *target, "$ref"));
    } else if (auto wrong = wrong_kind(visit)) {
      return simple(*wrong);
    }
    if (value.is_map()) check_object(visit);
    if (value.is_list()) check_list(visit);
    if (value.is_string()) check_string(visit);
    if (is_number(value)) check_number(visit);
    if (draft_ >= 2019)
      for (const char* keyword : {"$recursiveRef", "$dynamicRef"})
        if (const auto* target = document_.target(schema, keyword); target != nullptr)
          visit.add(follow(visit, *target, keyword));
    check_combined(visit);
    if (draft_ >= 2019) check_unseen(visit);
    if (visit.failures.empty()) return std::nullopt;
    if (visit.failures.size() == 1) return std::move(visit.failures.front());
    return Failure{at, "validation failed", false, true, std::move(visit.failures)};
  }

  static void start(const Value& value, Unseen& unseen) {
    unseen = {};
    if (value.is_map())
      for (const auto& entry : value.as_map().entries) unseen.properties.insert(entry.name());
    if (value.is_list())
      for (std::size_t i = 0; i < value.as_list().size(); ++i) unseen.items.insert(i);
  }

  /// The same value against a part of the schema.
  Verdict same(Visit& visit, const Value& schema, const std::string& step) {
    Unseen inner;
    auto verdict = check(schema, visit.value, visit.at, &visit.frame, step, inner, visit.depth + 1);
    if (!verdict && schema.is_map()) visit.unseen.meet(inner);
    return verdict;
  }

  Verdict inside(Visit& visit, const Value& schema, const Value& value, std::string_view token,
                 const std::string& step) {
    Unseen inner;
    return check(schema, value, visit.at + "/" + escaped(token), &visit.frame, step, inner, visit.depth + 1);
  }

  static std::string escaped(std::string_view token) {
    std::string out;
    for (const char c : token) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  }

  Verdict follow(Visit& visit, const Value& target, const char* keyword) {
    auto found = same(visit, target, std::string("/") + keyword);
    if (!found) return std::nullopt;
    Failure failure{visit.at, "validation failed", true, false, {}};
    if (found->group) {
      failure.causes = std::move(found->causes);
    } else {
      failure.causes.push_back(*std::move(found));
    }
    return failure;
  }

  std::optional<std::string> wrong_kind(const Visit& visit) {
    const auto& value = visit.value;
    if (const auto* type = visit.keyword("type"); type != nullptr) {
      std::vector<std::string> wanted;  // in the order of kTypes
      const auto names = [&](std::string_view name) {
        if (type->is_string()) return type->as_string() == name;
        return type->is_list() &&
               std::any_of(type->as_list().begin(), type->as_list().end(),
                           [&](const Value& one) { return one.is_string() && one.as_string() == name; });
      };
      bool fits = false;
      for (const auto name : kTypes) {
        if (!names(name)) continue;
        wanted.emplace_back(name);
        fits = fits || json_type(value) == name || (name == "integer" && is_number(value) && is_whole(value));
      }
      if (!fits && !wanted.empty())
        return fmt::format("got {}, want {}", json_type(value), join(wanted, " or "));
    }
    if (const auto* only = visit.keyword("const");
        only != nullptr && draft_ >= 6 && !json_equal(*only, value))
      return only->is_map() || only->is_list() ? "'const' failed" : "value must be " + shown(*only);
    if (const auto* all = visit.array("enum"); all != nullptr) {
      if (std::none_of(all->begin(), all->end(), [&](const Value& one) { return json_equal(one, value); })) {
        if (std::any_of(all->begin(), all->end(),
                        [](const Value& one) { return one.is_map() || one.is_list(); }))
          return "'enum' failed";
        std::vector<std::string> texts;
        for (const auto& one : *all) texts.push_back(shown(one));
        return (texts.size() == 1 ? "value must be " : "value must be one of ") + join(texts, ", ");
      }
    }
    // From draft 2019-09 on a format is an annotation; the schema of schemas still asks for it.
    if (const auto* format = visit.keyword("format"); format != nullptr && format->is_string() &&
                                                      value.is_string() &&
                                                      (draft_ < 2019 || format->as_string() == "regex"))
      if (const auto why = format_problem(format->as_string(), value.as_string()))
        return fmt::format("{} is not valid {}: {}", quoted(value.as_string()), format->as_string(), *why);
    return std::nullopt;
  }

  static void check_number(Visit& visit) {
    const double number = number_of(visit.value);
    const auto* low = visit.number("minimum");
    const auto* high = visit.number("maximum");
    const auto* above = visit.number("exclusiveMinimum");
    const auto* below = visit.number("exclusiveMaximum");
    // Draft 4: exclusive… are flags beside minimum and maximum.
    if (visit.flag("exclusiveMinimum")) above = std::exchange(low, nullptr);
    if (visit.flag("exclusiveMaximum")) below = std::exchange(high, nullptr);
    const auto complain = [&](const char* keyword, const Value& wanted) {
      visit.add(fmt::format("{}: got {}, want {}", keyword, shown(visit.value), shown(wanted)));
    };
    if (low != nullptr && number < number_of(*low)) complain("minimum", *low);
    if (high != nullptr && number > number_of(*high)) complain("maximum", *high);
    if (above != nullptr && number <= number_of(*above)) complain("exclusiveMinimum", *above);
    if (below != nullptr && number >= number_of(*below)) complain("exclusiveMaximum", *below);
    if (const auto* step = visit.number("multipleOf"); step != nullptr && number_of(*step) > 0) {
      const double ratio = number / number_of(*step);
      if (std::fabs(ratio - std::round(ratio)) > 1e-9) complain("multipleOf", *step);
    }
  }

  const re2::RE2* pattern(const std::string& text) {
    auto& regex = patterns_[text];
    if (regex == nullptr) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      regex = std::make_unique<re2::RE2>(text, options);
    }
    return regex->ok() ? regex.get() : nullptr;  // the schema of schemas has refused the others
  }

  void check_string(Visit& visit) {
    const auto& text = visit.value.as_string();
    const auto length = rune_count(text);
    if (const auto least = visit.count("minLength"); least && length < *least)
      visit.add(fmt::format("minLength: got {}, want {}", length, *least));
    if (const auto most = visit.count("maxLength"); most && length > *most)
      visit.add(fmt::format("maxLength: got {}, want {}", length, *most));
    if (const auto* wanted = visit.keyword("pattern"); wanted != nullptr && wanted->is_string()) {
      const auto* regex = pattern(wanted->as_string());
      if (regex != nullptr && !re2::RE2::PartialMatch(text, *regex))
        visit.add(fmt::format("{} does not match pattern {}", quoted(text), quoted(wanted->as_string())));
    }
  }

  void check_list(Visit& visit) {
    const auto& items = visit.value.as_list();
    if (const auto least = visit.count("minItems"); least && items.size() < *least)
      visit.add(fmt::format("minItems: got {}, want {}", items.size(), *least));
    if (const auto most = visit.count("maxItems"); most && items.size() > *most)
      visit.add(fmt::format("maxItems: got {}, want {}", items.size(), *most));
    if (visit.flag("uniqueItems")) check_unique(visit);
    const auto* each = visit.keyword("items");
    const auto* tuple = draft_ >= 2020 ? visit.array("prefixItems") : visit.array("items");
    const auto* rest = draft_ < 2020 && tuple != nullptr ? visit.keyword("additionalItems") : each;
    if (each != nullptr && each->is_list() && rest == each) rest = nullptr;
    const auto first = tuple == nullptr ? 0 : std::min(tuple->size(), items.size());
    for (std::size_t i = 0; i < first; ++i) {
      visit.add(inside(visit, (*tuple)[i], items[i], std::to_string(i),
                       (draft_ >= 2020 ? "/prefixItems/" : "/items/") + std::to_string(i)));
      visit.unseen.items.erase(i);
    }
    if (rest != nullptr && draft_ < 2020 && rest->is_bool() && rest != each) {
      if (!rest->as_bool() && first != items.size())
        visit.add(fmt::format("last {} additionalItem(s) not allowed", items.size() - first));
    } else if (rest != nullptr) {
      // Helm's validator counts these from 0 again.
      for (std::size_t i = first; i < items.size(); ++i)
        visit.add(inside(visit, *rest, items[i], std::to_string(i - first),
                         rest == each ? "/items" : "/additionalItems"));
    }
    if (rest != nullptr) visit.unseen.items.clear();
    if (draft_ >= 6) check_contains(visit);
  }

  static void check_unique(Visit& visit) {
    const auto& items = visit.value.as_list();
    if (items.size() > 2000) return;
    for (std::size_t i = 1; i < items.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (json_equal(items[i], items[j]))
          return visit.add(fmt::format("items at {} and {} are equal", j, i));
  }

  void check_contains(Visit& visit) {
    const auto* wanted = visit.keyword("contains");
    if (wanted == nullptr) return;
    const auto& items = visit.value.as_list();
    std::vector<Failure> failures;
    std::vector<std::string> matched;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (auto failure = inside(visit, *wanted, items[i], std::to_string(i), "/contains")) {
        failures.push_back(*std::move(failure));
      } else {
        matched.push_back(std::to_string(i));
        if (draft_ >= 2020) visit.unseen.items.erase(i);
      }
    }
    const bool counted = draft_ >= 2019;
    const auto least = counted ? visit.count("minContains") : std::nullopt;
    const auto most = counted ? visit.count("maxContains").value_or(items.size()) : items.size();
    const auto found = fmt::format("matched {} items at {}", matched.size(), join(matched, " "));
    if (least && matched.size() < *least) {
      visit.add(fmt::format("min {} items required to match contains schema, but {}", *least,
                            matched.empty() ? "none matched" : found),
                std::move(failures));
    } else if (!least && matched.empty()) {
      visit.add("no items match contains schema", std::move(failures));
    }
    if (matched.size() > most)
      visit.add(fmt::format("max {} items required to match contains schema, but {}", most, found));
  }

  void check_object(Visit& visit) {
    const auto& entries = visit.value.as_map().entries;
    if (const auto least = visit.count("minProperties"); least && entries.size() < *least)
      visit.add(fmt::format("minProperties: got {}, want {}", entries.size(), *least));
    if (const auto most = visit.count("maxProperties"); most && entries.size() > *most)
      visit.add(fmt::format("maxProperties: got {}, want {}", entries.size(), *most));
    if (const auto missing = missing_of(visit.keyword("required"), visit.value); !missing.empty())
      visit.add((missing.size() == 1 ? "missing property " : "missing properties ") + all_quoted(missing));
    check_dependents(visit, "dependencies");
    check_properties(visit);
    if (draft_ >= 6) check_names(visit);
    if (draft_ < 2019) return;
    check_dependents(visit, "dependentSchemas");
    check_dependents(visit, "dependentRequired");
  }

  void check_properties(Visit& visit) {
    const auto* properties = visit.keyword("properties");
    const auto* patterns = visit.keyword("patternProperties");
    const auto* others = visit.keyword("additionalProperties");
    std::vector<std::string> unknown;
    for (const auto& entry : visit.value.as_map().entries) {
      bool matched = false;
      if (properties != nullptr)
        if (const auto* own = properties->find(entry.name()); own != nullptr) {
          matched = true;
          visit.add(inside(visit, *own, entry.value, entry.name(), "/properties/" + escaped(entry.name())));
        }
      if (patterns != nullptr && patterns->is_map())
        for (const auto& row : patterns->as_map().entries)
          if (const auto* regex = pattern(row.name());
              regex != nullptr && re2::RE2::PartialMatch(entry.name(), *regex)) {
            matched = true;
            visit.add(inside(visit, row.value, entry.value, entry.name(),
                             "/patternProperties/" + escaped(row.name())));
          }
      if (!matched && others != nullptr) {
        matched = true;
        if (others->is_bool()) {
          if (!others->as_bool()) unknown.push_back(entry.name());
        } else {
          visit.add(inside(visit, *others, entry.value, entry.name(), "/additionalProperties"));
        }
      }
      if (matched) visit.unseen.properties.erase(entry.name());
    }
    if (!unknown.empty()) visit.add(fmt::format("additional properties {} not allowed", all_quoted(unknown)));
  }

  void check_names(Visit& visit) {
    const auto* names = visit.keyword("propertyNames");
    if (names == nullptr) return;
    for (const auto& entry : visit.value.as_map().entries) {
      const Value name = Value::string(entry.name());
      Unseen unseen;
      auto failure = check(*names, name, "", nullptr, "", unseen, visit.depth + 1);
      if (!failure) continue;
      auto causes = failure->group ? std::move(failure->causes) : std::vector<Failure>{*std::move(failure)};
      visit.failures.push_back(
          {"", "invalid propertyName " + quoted(entry.name()), false, false, std::move(causes)});
    }
  }

  static std::vector<std::string> missing_of(const Value* required, const Value& value) {
    std::vector<std::string> missing;
    if (required == nullptr || !required->is_list()) return missing;
    for (const auto& name : required->as_list())
      if (name.is_string() && value.find(name.as_string()) == nullptr) missing.push_back(name.as_string());
    return missing;
  }

  void check_dependents(Visit& visit, const char* keyword) {
    const auto* rows = visit.keyword(keyword);
    if (rows == nullptr || !rows->is_map()) return;
    for (const auto& row : rows->as_map().entries) {
      if (visit.value.find(row.name()) == nullptr) continue;
      if (!row.value.is_list()) {
        visit.add(same(visit, row.value, fmt::format("/{}/{}", keyword, row.name())));
      } else if (const auto missing = missing_of(&row.value, visit.value); !missing.empty()) {
        visit.add(
            fmt::format("properties {} required, if {} exists", all_quoted(missing), quoted(row.name())));
      }
    }
  }

  /// The failures of the parts of allOf, anyOf or oneOf; `matched` gets the places of those that hold.
  std::vector<Failure> try_all(Visit& visit, const char* keyword, std::vector<std::size_t>& matched) {
    std::vector<Failure> failures;
    const auto* parts = visit.array(keyword);
    for (std::size_t i = 0; parts != nullptr && i < parts->size(); ++i) {
      if (auto failure = same(visit, (*parts)[i], fmt::format("/{}/{}", keyword, i))) {
        failures.push_back(*std::move(failure));
      } else {
        matched.push_back(i);
      }
    }
    return failures;
  }

  void check_combined(Visit& visit) {
    // Of `not` and `if` only the outcome counts.
    if (const auto* not_this = visit.keyword("not"); not_this != nullptr && !same(visit, *not_this, "/not"))
      visit.add("'not' failed");
    std::vector<std::size_t> matched;
    if (auto failures = try_all(visit, "allOf", matched); !failures.empty())
      visit.add("'allOf' failed", std::move(failures));
    matched.clear();
    if (auto failures = try_all(visit, "anyOf", matched); matched.empty() && !failures.empty())
      visit.add("'anyOf' failed", std::move(failures));
    matched.clear();
    auto failures = try_all(visit, "oneOf", matched);
    if (matched.size() > 1) {
      visit.add(fmt::format("'oneOf' failed, subschemas {}, {} matched", matched[0], matched[1]));
    } else if (matched.empty() && !failures.empty()) {
      visit.add("'oneOf' failed, none matched", std::move(failures));
    }
    const auto* condition = draft_ >= 7 ? visit.keyword("if") : nullptr;
    if (condition == nullptr) return;
    const char* branch = same(visit, *condition, "/if") ? "else" : "then";
    if (const auto* next = visit.keyword(branch); next != nullptr)
      visit.add(same(visit, *next, std::string("/") + branch));
  }

  void check_unseen(Visit& visit) {
    if (const auto* schema = visit.keyword("unevaluatedProperties");
        schema != nullptr && visit.value.is_map()) {
      for (const auto& name : visit.unseen.properties)
        visit.add(inside(visit, *schema, *visit.value.find(name), name, "/unevaluatedProperties"));
      visit.unseen.properties.clear();
    }
    if (const auto* schema = visit.keyword("unevaluatedItems"); schema != nullptr && visit.value.is_list()) {
      for (const auto i : visit.unseen.items)
        visit.add(inside(visit, *schema, visit.value.as_list()[i], std::to_string(i), "/unevaluatedItems"));
      visit.unseen.items.clear();
    }
  }

  const SchemaDocument& document_;
  int draft_;
  std::map<std::string, std::unique_ptr<re2::RE2>> patterns_;
  std::string problem_;
  std::size_t steps_ = 0;
};

}  // namespace

SchemaReport check_against(const SchemaDocument& schema, const Value& value) {
  return Checker(schema).run(value);
}

}  // namespace dpctl::chart
