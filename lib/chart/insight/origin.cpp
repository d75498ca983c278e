#include "lib/chart/insight/origin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/base/strings.hpp"
#include "lib/chart/strvals.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::chart {
namespace {

void gather(const Value& value, ValuePath& path, std::vector<ValuePath>& out) {
  if (value.is_map() && !value.as_map().entries.empty()) {
    for (const auto& entry : value.as_map().entries) {
      path.push_back(entry.name());
      gather(entry.value, path, out);
      path.pop_back();
    }
  } else if (value.is_list() && !value.as_list().empty()) {
    for (std::size_t i = 0; i < value.as_list().size(); ++i) {
      path.push_back(fmt::format("[{}]", i));
      gather(value.as_list()[i], path, out);
      path.pop_back();
    }
  } else if (!path.empty()) {
    out.push_back(path);
  }
}

bool is_index(const std::string& step) { return step.starts_with('[') && step.ends_with(']'); }

/// The line at which the path, or the nearest thing above it that has one, is written.
std::size_t line_of(const std::string& text, const ValuePath& path) {
  yaml::Places places;
  (void)yaml::decode_located(text, "values", places,
                             {.duplicate_keys = yaml::DuplicateKeys::last_wins, .first_document_only = true});
  for (auto size = path.size(); size > 0; --size) {
    std::string pointer;
    for (std::size_t i = 0; i < size; ++i) {
      pointer += '/';
      if (is_index(path[i])) {
        pointer += path[i].substr(1, path[i].size() - 2);
        continue;
      }
      for (const char c : path[i]) {
        if (c == '~')
          pointer += "~0";
        else if (c == '/')
          pointer += "~1";
        else
          pointer += c;
      }
    }
    if (const auto place = places.find(pointer); place != places.end()) return place->second.line;
  }
  return 0;
}

}  // namespace

std::string to_string(const ValuePath& path) {
  std::string text;
  for (const auto& step : path) text += text.empty() || is_index(step) ? step : "." + step;
  return text;
}

const Value* value_at(const Value& root, const ValuePath& path) {
  const Value* at = &root;
  for (const auto& step : path) {
    if (at->is_list()) {
      std::size_t index = 0;
      if (!is_index(step)) return nullptr;
      for (const char c : std::string_view(step).substr(1, step.size() - 2)) {
        if (c < '0' || c > '9' || index > at->as_list().size()) return nullptr;
        index = index * 10 + static_cast<std::size_t>(c - '0');
      }
      if (index >= at->as_list().size()) return nullptr;
      at = &at->as_list()[index];
    } else {
      at = at->find(step);
      if (at == nullptr) return nullptr;
    }
  }
  return at;
}

std::vector<ValuePath> leaves_of(const Value& root) {
  std::vector<ValuePath> out;
  ValuePath path;
  gather(root, path, out);
  return out;
}

Result<void> Origins::add_flags(const std::vector<std::string>& texts, std::string_view flag,
                                const std::function<Result<void>(const std::string&, const Value&)>& parse) {
  for (const auto& text : texts) {
    const Value values = Value::map();
    DPCTL_CHECK(parse(text, values));
    layers_.push_back({fmt::format("{} {}", flag, text), {}, values, ""});
  }
  return {};
}

void Origins::add_defaults(const Chart& chart, const std::string& folder, const ValuePath& below) {
  layers_.push_back({folder + "values.yaml", below, chart.values, chart.values_text});
  for (const auto& sub : chart.subcharts) {
    ValuePath next = below;
    next.push_back(sub->name());
    add_defaults(*sub, folder + "charts/" + sub->name() + "/", next);
  }
}

Result<Origins> Origins::of(const Chart& chart, const ValueFlags& flags) {
  Origins origins;
  for (const auto& file : flags.files) {
    DPCTL_TRY(auto values, read_values(file.text, file.name));
    origins.layers_.push_back({file.name, {}, std::move(values), file.text});
  }
  const auto of_kind = [](SetKind kind) {
    return [kind](const std::string& text, const Value& into) { return parse_set(text, kind, into); };
  };
  DPCTL_CHECK(origins.add_flags(flags.set_json, "--set-json", of_kind(SetKind::json)));
  DPCTL_CHECK(origins.add_flags(flags.set, "--set", of_kind(SetKind::typed)));
  DPCTL_CHECK(origins.add_flags(flags.set_string, "--set-string", of_kind(SetKind::string)));
  DPCTL_CHECK(
      origins.add_flags(flags.set_file, "--set-file", [&](const std::string& text, const Value& into) {
        return parse_set_file(text, into, flags.read_file);
      }));
  DPCTL_CHECK(origins.add_flags(flags.set_literal, "--set-literal", parse_set_literal));
  std::reverse(origins.layers_.begin(), origins.layers_.end());
  origins.add_defaults(chart, "", {});
  return origins;
}

std::string Origins::who_set(const ValuePath& path) const {
  const auto in_layer = [&](const Layer& layer, const ValuePath& at) -> std::optional<std::string> {
    if (at.size() <= layer.below.size() || !std::equal(layer.below.begin(), layer.below.end(), at.begin()))
      return std::nullopt;
    const ValuePath rest(at.begin() + static_cast<std::ptrdiff_t>(layer.below.size()), at.end());
    const auto* value = value_at(layer.values, rest);
    if (value == nullptr || (value->is_nil() && layer.text.empty())) return std::nullopt;
    const auto line = layer.text.empty() ? 0 : line_of(layer.text, rest);
    return line == 0 ? layer.name : fmt::format("{}:{}", layer.name, line);
  };
  // A subchart's global comes from the chart above it, when that has one.
  const auto global = std::find(path.begin(), path.end(), "global");
  for (auto from = path.begin(); global != path.end() && from <= global; ++from) {
    const ValuePath handed = [&] {
      ValuePath whole(path.begin(), path.begin() + (from - path.begin()));
      whole.insert(whole.end(), global, path.end());
      return whole;
    }();
    for (const auto& layer : layers_)
      if (auto found = in_layer(layer, handed)) return *found;
  }
  for (const auto& layer : layers_)
    if (auto found = in_layer(layer, path)) return *found;
  return "the chart";
}

}  // namespace dpctl::chart
