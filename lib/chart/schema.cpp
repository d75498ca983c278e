// schema.cpp: values.schema.json. Schemas and values are both plain values here: a schema is walked, never
// compiled.
#include "lib/chart/schema.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "lib/base/strings.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxSteps = 5'000'000;

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

/// A number as the validator's messages print it.
std::string shown(const Value& value) {
  if (is_number(value))
    return is_whole(value) ? fmt::format("{:.0f}", number_of(value)) : format_real(number_of(value));
  if (value.is_string()) return "'" + value.as_string() + "'";
  return to_json(value);
}

std::string unescape_pointer(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      out += token[++i] == '1' ? '/' : '~';
    } else if (token[i] == '%' && i + 2 < token.size()) {
      out += static_cast<char>(parse_unsigned("0x" + std::string(token.substr(i + 1, 2))).value_or('?'));
      i += 2;
    } else {
      out += token[i];
    }
  }
  return out;
}

class Validator {
 public:
  explicit Validator(const Value& root) : root_(root) { index(root, 0); }

  std::vector<std::string> run(const Value& value) {
    check(root_, value, "", 0);
    return std::move(found_);
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void index(const Value& schema, int depth) {
    if (depth > kMaxDepth) return;
    if (schema.is_list())
      for (const auto& item : schema.as_list()) index(item, depth + 1);
    if (!schema.is_map()) return;
    for (const char* key : {"$id", "id"})
      if (const auto* id = schema.find(key); id != nullptr && id->is_string())
        ids_.emplace(id->as_string(), schema);
    for (const char* key : {"$anchor", "$dynamicAnchor"})
      if (const auto* anchor = schema.find(key); anchor != nullptr && anchor->is_string())
        ids_.emplace("#" + anchor->as_string(), schema);
    for (const auto& entry : schema.as_map().entries) index(entry.value, depth + 1);
  }

  void add(const std::string& at, std::string message) {
    if (found_.size() < 1000) found_.push_back(fmt::format("- at '{}': {}", at, message));
  }

  /// The schema that a reference names; nullptr, with problem_ set, when it is outside of this document.
  const Value* resolve(const std::string& reference) {
    const auto known = ids_.find(reference);
    if (known != ids_.end()) return &known->second;
    if (reference == "#") return &root_;
    const auto hash = reference.find('#');
    const Value* at = &root_;
    if (hash != 0) {
      const auto base = ids_.find(reference.substr(0, hash));
      if (base == ids_.end()) {
        if (reference.starts_with("urn:")) return nullptr;
        if (problem_.empty())
          problem_ =
              fmt::format("the schema refers to {}, which is outside of it and is not fetched", reference);
        return nullptr;
      }
      at = &base->second;
    }
    if (hash == std::string::npos) return at;
    auto pointer = std::string_view(reference).substr(hash + 1);
    if (!pointer.empty() && pointer[0] == '/') {
      for (const auto token : split(pointer.substr(1), '/')) {
        const auto name = unescape_pointer(token);
        const Value* next = at->find(name);
        if (next == nullptr && at->is_list())
          if (const auto i = parse_decimal(name);
              i && *i >= 0 && static_cast<std::size_t>(*i) < at->as_list().size())
            next = &at->as_list()[static_cast<std::size_t>(*i)];
        if (next == nullptr) {
          if (problem_.empty())
            problem_ = fmt::format("the schema refers to {}, which it does not have", reference);
          return nullptr;
        }
        at = next;
      }
    }
    return at;
  }

  /// Valid without keeping messages.
  bool holds(const Value& schema, const Value& value, const std::string& at, int depth) {
    const auto before = found_.size();
    check(schema, value, at, depth);
    const bool fine = found_.size() == before;
    found_.resize(before);
    return fine;
  }

  void check(const Value& schema, const Value& value, const std::string& at, int depth) {
    if (depth > kMaxDepth || ++steps_ > kMaxSteps) {
      if (problem_.empty()) problem_ = "the schema is nested too deeply, or refers to itself without end";
      return;
    }
    if (schema.is_bool()) {
      if (!schema.as_bool()) add(at, "false schema");
      return;
    }
    if (!schema.is_map()) return;
    for (const char* key : {"$ref", "$dynamicRef", "$recursiveRef"})
      if (const auto* reference = schema.find(key); reference != nullptr && reference->is_string())
        if (const auto* target = resolve(reference->as_string()); target != nullptr)
          check(Value(*target), value, at, depth + 1);
    check_type(schema, value, at);
    check_values(schema, value, at);
    if (is_number(value)) check_number(schema, value, at);
    if (value.is_string()) check_string(schema, value.as_string(), at);
    if (value.is_list()) check_list(schema, value, at, depth);
    if (value.is_map()) check_object(schema, value, at, depth);
    check_combined(schema, value, at, depth);
  }

  static bool has_type(const Value& value, const std::string& type) {
    return type == "integer" ? is_number(value) && is_whole(value) : json_type(value) == type;
  }

  void check_type(const Value& schema, const Value& value, const std::string& at) {
    const auto* type = schema.find("type");
    if (type == nullptr) return;
    std::vector<std::string> wanted;
    if (type->is_string()) wanted.push_back(type->as_string());
    if (type->is_list())
      for (const auto& one : type->as_list())
        if (one.is_string()) wanted.push_back(one.as_string());
    if (std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) { return has_type(value, one); }))
      return;
    add(at, fmt::format("got {}, want {}", json_type(value), join(wanted, " or ")));
  }

  void check_values(const Value& schema, const Value& value, const std::string& at) {
    if (const auto* all = schema.find("enum"); all != nullptr && all->is_list()) {
      const auto& allowed = all->as_list();
      if (std::none_of(allowed.begin(), allowed.end(),
                       [&](const Value& one) { return json_equal(one, value); })) {
        std::vector<std::string> texts;
        for (const auto& one : allowed) texts.push_back(shown(one));
        add(at, "value must be one of " + join(texts, ", "));
      }
    }
    if (const auto* only = schema.find("const"); only != nullptr && !json_equal(*only, value))
      add(at, "value must be " + shown(*only));
  }

  void check_number(const Value& schema, const Value& value, const std::string& at) {
    const double number = number_of(value);
    const auto bound = [&](const char* key) -> const Value* {
      const auto* found = schema.find(key);
      return found != nullptr && is_number(*found) ? found : nullptr;
    };
    // Draft 4: exclusive… are flags beside minimum and maximum.
    const auto flag = [&](const char* key) {
      const auto* found = schema.find(key);
      return found != nullptr && found->is_bool() && found->as_bool();
    };
    const auto* low = bound("minimum");
    const auto* high = bound("maximum");
    const auto* above = flag("exclusiveMinimum") ? low : bound("exclusiveMinimum");
    const auto* below = flag("exclusiveMaximum") ? high : bound("exclusiveMaximum");
    if (low != nullptr && number < number_of(*low))
      add(at, fmt::format("minimum: got {}, want {}", shown(value), shown(*low)));
    if (high != nullptr && number > number_of(*high))
      add(at, fmt::format("maximum: got {}, want {}", shown(value), shown(*high)));
    if (above != nullptr && number <= number_of(*above))
      add(at, fmt::format("exclusiveMinimum: got {}, want {}", shown(value), shown(*above)));
    if (below != nullptr && number >= number_of(*below))
      add(at, fmt::format("exclusiveMaximum: got {}, want {}", shown(value), shown(*below)));
    if (const auto* step = bound("multipleOf"); step != nullptr && number_of(*step) > 0) {
      const double ratio = number / number_of(*step);
      if (std::fabs(ratio - std::round(ratio)) > 1e-9)
        add(at, fmt::format("multipleOf: got {}, want {}", shown(value), shown(*step)));
    }
  }

  std::optional<std::size_t> count(const Value& schema, const char* key) {
    const auto* value = schema.find(key);
    if (value == nullptr || !is_number(*value) || number_of(*value) < 0) return std::nullopt;
    return static_cast<std::size_t>(number_of(*value));
  }

  const re2::RE2* pattern(const std::string& text) {
    auto& regex = patterns_[text];
    if (regex == nullptr) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      regex = std::make_unique<re2::RE2>(text, options);
    }
    if (regex->ok()) return regex.get();
    if (problem_.empty())
      problem_ = fmt::format("the schema's pattern {} cannot be read: {}", quote_go(text), regex->error());
    return nullptr;
  }

  void check_string(const Value& schema, const std::string& text, const std::string& at) {
    const auto length = rune_count(text);
    if (const auto least = count(schema, "minLength"); least && length < *least)
      add(at, fmt::format("minLength: got {}, want {}", length, *least));
    if (const auto most = count(schema, "maxLength"); most && length > *most)
      add(at, fmt::format("maxLength: got {}, want {}", length, *most));
    if (const auto* wanted = schema.find("pattern"); wanted != nullptr && wanted->is_string()) {
      const auto* regex = pattern(wanted->as_string());
      if (regex != nullptr && !re2::RE2::PartialMatch(text, *regex))
        add(at, fmt::format("'{}' does not match pattern '{}'", text, wanted->as_string()));
    }
  }

  void check_list(const Value& schema, const Value& value, const std::string& at, int depth) {
    const auto& items = value.as_list();
    if (const auto least = count(schema, "minItems"); least && items.size() < *least)
      add(at, fmt::format("minItems: got {}, want {}", items.size(), *least));
    if (const auto most = count(schema, "maxItems"); most && items.size() > *most)
      add(at, fmt::format("maxItems: got {}, want {}", items.size(), *most));
    if (const auto* unique = schema.find("uniqueItems");
        unique != nullptr && unique->is_bool() && unique->as_bool())
      for (std::size_t i = 0; i < items.size(); ++i)
        for (std::size_t j = i + 1; j < items.size(); ++j)
          if (json_equal(items[i], items[j]))
            return add(at, fmt::format("items at {} and {} are equal", i, j));
    const auto* each = schema.find("items");
    const auto* tuple = schema.find("prefixItems");
    const auto* rest = each;
    if (tuple == nullptr && each != nullptr && each->is_list()) {
      tuple = each;
      rest = schema.find("additionalItems");
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto place = at + "/" + std::to_string(i);
      if (tuple != nullptr && tuple->is_list() && i < tuple->as_list().size()) {
        check(tuple->as_list()[i], items[i], place, depth + 1);
      } else if (rest != nullptr) {
        check(*rest, items[i], place, depth + 1);
      }
    }
    if (const auto* wanted = schema.find("contains"); wanted != nullptr) {
      const auto hits =
          static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [&](const Value& item) {
            return holds(*wanted, item, at, depth + 1);
          }));
      if (hits < count(schema, "minContains").value_or(1)) add(at, "no items match contains schema");
    }
  }

  void check_object(const Value& schema, const Value& value, const std::string& at, int depth) {
    const auto& entries = value.as_map().entries;
    if (const auto least = count(schema, "minProperties"); least && entries.size() < *least)
      add(at, fmt::format("minProperties: got {}, want {}", entries.size(), *least));
    if (const auto most = count(schema, "maxProperties"); most && entries.size() > *most)
      add(at, fmt::format("maxProperties: got {}, want {}", entries.size(), *most));
    check_required(schema.find("required"), value, at);
    const auto* properties = schema.find("properties");
    const auto* patterns = schema.find("patternProperties");
    const auto* others = schema.find("additionalProperties");
    const auto* names = schema.find("propertyNames");
    std::vector<std::string> unknown;
    for (const auto& entry : entries) {
      const auto place = at + "/" + entry.name();
      bool matched = false;
      if (properties != nullptr)
        if (const auto* own = properties->find(entry.name()); own != nullptr) {
          matched = true;
          check(*own, entry.value, place, depth + 1);
        }
      if (patterns != nullptr && patterns->is_map())
        for (const auto& row : patterns->as_map().entries)
          if (const auto* regex = pattern(row.name());
              regex != nullptr && re2::RE2::PartialMatch(entry.name(), *regex)) {
            matched = true;
            check(row.value, entry.value, place, depth + 1);
          }
      if (!matched && others != nullptr) {
        if (others->is_bool() && !others->as_bool()) {
          unknown.push_back("'" + entry.name() + "'");
        } else {
          check(*others, entry.value, place, depth + 1);
        }
      }
      if (names != nullptr) check(*names, entry.key, at, depth + 1);
    }
    if (!unknown.empty()) add(at, fmt::format("additional properties {} not allowed", join(unknown, ", ")));
    check_dependents(schema, value, at, depth);
  }

  void check_required(const Value* required, const Value& value, const std::string& at) {
    if (required == nullptr || !required->is_list()) return;
    std::vector<std::string> missing;
    for (const auto& name : required->as_list())
      if (name.is_string() && value.find(name.as_string()) == nullptr)
        missing.push_back("'" + name.as_string() + "'");
    if (missing.empty()) return;
    add(at,
        fmt::format("missing {} {}", missing.size() == 1 ? "property" : "properties", join(missing, ", ")));
  }

  void check_dependents(const Value& schema, const Value& value, const std::string& at, int depth) {
    for (const char* key : {"dependentRequired", "dependentSchemas", "dependencies"}) {
      const auto* rows = schema.find(key);
      if (rows == nullptr || !rows->is_map()) continue;
      for (const auto& row : rows->as_map().entries) {
        if (value.find(row.name()) == nullptr) continue;
        if (row.value.is_list()) {
          check_required(&row.value, value, at);
        } else {
          check(row.value, value, at, depth + 1);
        }
      }
    }
  }

  void check_combined(const Value& schema, const Value& value, const std::string& at, int depth) {
    const auto parts = [&](const char* key) -> std::span<const Value> {
      const auto* all = schema.find(key);
      return all != nullptr && all->is_list() ? std::span<const Value>(all->as_list())
                                              : std::span<const Value>();
    };
    for (const auto& part : parts("allOf")) check(part, value, at, depth + 1);
    if (const auto any = parts("anyOf"); !any.empty())
      if (std::none_of(any.begin(), any.end(),
                       [&](const Value& part) { return holds(part, value, at, depth + 1); })) {
        add(at, "anyOf failed");
        for (const auto& part : any) check(part, value, at, depth + 1);
      }
    if (const auto one = parts("oneOf"); !one.empty()) {
      const auto hits = std::count_if(one.begin(), one.end(),
                                      [&](const Value& part) { return holds(part, value, at, depth + 1); });
      if (hits == 0) {
        add(at, "oneOf failed, none matched");
        for (const auto& part : one) check(part, value, at, depth + 1);
      } else if (hits > 1) {
        add(at, "oneOf failed, subschemas matched");
      }
    }
    if (const auto* not_this = schema.find("not");
        not_this != nullptr && holds(*not_this, value, at, depth + 1))
      add(at, "not failed");
    if (const auto* condition = schema.find("if"); condition != nullptr) {
      const auto* next = schema.find(holds(*condition, value, at, depth + 1) ? "then" : "else");
      if (next != nullptr) check(*next, value, at, depth + 1);
    }
  }

  Value root_;
  std::map<std::string, Value> ids_;
  std::map<std::string, std::unique_ptr<re2::RE2>> patterns_;
  std::vector<std::string> found_;
  std::string problem_;
  std::size_t steps_ = 0;
};

Result<void> gather(const Chart& chart, const Value& values, std::string& report) {
  if (!chart.schema.empty()) {
    auto found = violations(chart.schema, values);
    if (!found) return fail(Code::usage, "{}: {}", chart.name(), found.error().what);
    if (!found->empty()) report += fmt::format("{}:\n{}\n", chart.name(), join(*found, "\n"));
  }
  for (const auto& sub : chart.subcharts) {
    const auto* inner = values.find(sub->name());
    if (inner != nullptr && inner->is_map()) DPCTL_CHECK(gather(*sub, *inner, report));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> violations(std::string_view schema, const Value& value) {
  auto read = from_json(schema);
  if (!read) return fail(Code::usage, "values.schema.json cannot be read").because(read.error());
  Validator validator(*read);
  auto found = validator.run(value);
  if (!validator.problem().empty()) return fail(Code::usage, "{}", validator.problem());
  return found;
}

Result<void> check_schemas(const Chart& chart, const Value& values) {
  std::string report;
  DPCTL_CHECK(gather(chart, values, report));
  if (report.empty()) return {};
  return fail(Code::usage,
              "values don't meet the specifications of the schema(s) in the following chart(s):\n{}", report);
}

}  // namespace dpctl::chart
