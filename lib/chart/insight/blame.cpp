// blame.cpp: who decides a rendered field, found by changing one thing after the other.
#include "lib/chart/insight/blame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "lib/base/strings.hpp"
#include "lib/chart/insight/origin.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

/// "kind/name:path" in parts.
struct Wanted {
  std::string kind, name;
  ValuePath path;
};

Result<Wanted> parse_field(std::string_view text) {
  const auto slash = text.find('/');
  const auto colon = text.find(':', slash == std::string_view::npos ? 0 : slash);
  if (slash == std::string_view::npos || slash == 0)
    return fail(Code::usage, "\"{}\" names no field", text).hint("write it as deployment/web:spec.replicas");
  Wanted wanted{to_lower(text.substr(0, slash)), std::string(text.substr(slash + 1, colon - slash - 1)), {}};
  if (colon == std::string_view::npos) return wanted;
  std::string step;
  const auto flush = [&] {
    if (!step.empty()) wanted.path.push_back(std::exchange(step, {}));
  };
  bool quoted = false;  // a["b.c"]: a key that holds dots
  for (const char c : text.substr(colon + 1)) {
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted) {
      step += c;
    } else if (c == '.') {
      flush();
    } else if (c == '[') {
      flush();
      step = "[";
    } else if (c == ']') {
      const bool index = step.find_first_not_of("0123456789", 1) == std::string::npos;
      step = index ? step + "]" : step.substr(1);
      flush();
    } else {
      step += c;
    }
  }
  flush();
  return wanted;
}

/// The object that is wanted, in one render.
struct Found {
  Value object;
  std::string path;  ///< of its template
};

std::optional<Found> find_object(const Rendered& rendered, const Wanted& wanted) {
  const auto look = [&](const std::string& kind, const std::string& name, const std::string& path,
                        const std::string& content) -> std::optional<Found> {
    if (to_lower(kind) != wanted.kind || name != wanted.name) return std::nullopt;
    auto object = from_yaml(content, path);
    if (!object) return std::nullopt;
    return Found{*std::move(object), path};
  };
  for (const auto& manifest : rendered.manifests)
    if (auto found = look(manifest.kind, manifest.name, manifest.path, manifest.content)) return found;
  for (const auto& hook : rendered.hooks)
    if (auto found = look(hook.kind, hook.name, hook.path, hook.manifest)) return found;
  return std::nullopt;
}

/// `root` with one leaf changed; maps and lists that only the merged tree has are taken from there, because a
/// list replaces the default's whole.
Value changed_at(const Value* given, const Value& merged, const ValuePath& path, std::size_t depth,
                 const Value& leaf) {
  if (depth == path.size()) return leaf;
  const auto& step = path[depth];
  if (merged.is_list()) {
    auto items = merged.as_list();
    const ValuePath index{step};
    const auto* item = value_at(merged, index);
    const auto position = static_cast<std::size_t>(item - merged.as_list().data());
    items[position] = changed_at(item, *item, path, depth + 1, leaf);
    return Value::list(std::move(items));
  }
  Value map = Value::map();
  if (given != nullptr && given->is_map()) map.as_map().entries = given->as_map().entries;
  const auto* below = given == nullptr ? nullptr : given->find(step);
  const auto* inner = merged.find(step);
  map.as_map().set(step, changed_at(below, inner == nullptr ? Value() : *inner, path, depth + 1, leaf));
  return map;
}

/// Other values of the same sort: the second is for charts that refuse the first.
std::vector<Value> others_of(const Value& value) {
  if (value.is_bool()) return {Value::boolean(!value.as_bool())};
  if (value.is_integer()) return {Value::integer(value.as_int() + 1), Value::integer(0)};
  if (value.kind() == Kind::real) return {Value::real(value.as_real() + 1), Value::real(0)};
  if (value.is_list()) return {Value::list({Value::string("dpctl")}), Value::list({Value::map()})};
  if (value.is_map()) return {map_of({{"dpctl", Value::string("dpctl")}})};
  if (!value.is_string()) return {Value::string("dpctl"), Value::boolean(true), map_of({})};
  const auto& text = value.as_string();
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) return {Value::string(text + "1"), Value::string("1")};
  return {Value::string(text + "x"), Value::string("1" + text), Value::string("")};
}

class Investigation {
 public:
  Investigation(const Chart& chart, const ValueFlags& flags, RenderOptions options, Wanted wanted,
                BlameOptions bounds)
      : chart_(chart),
        flags_(flags),
        options_(std::move(options)),
        wanted_(std::move(wanted)),
        bounds_(bounds) {}

  Result<BlameResult> run() {
    DPCTL_TRY(given_, merge_flags(flags_));
    DPCTL_TRY(const auto rendered, render(chart_, given_, options_));
    options_.skip_schema = true;  // a changed value need not fit the schema
    const auto found = find_object(rendered, wanted_);
    if (!found) return fail(no_object(rendered));
    base_ = *found;
    DPCTL_CHECK(choose_fields());
    find_lots();
    DPCTL_CHECK(try_values(rendered));
    try_surroundings();
    for (auto& blame : result_.fields) find_line(blame);
    return std::move(result_);
  }

 private:
  Error no_object(const Rendered& rendered) const {
    std::vector<std::string> names;
    for (const auto& manifest : rendered.manifests)
      names.push_back(to_lower(manifest.kind) + "/" + manifest.name);
    Error error{.code = Code::not_found,
                .what = fmt::format("the chart renders no {}/{}", wanted_.kind, wanted_.name)};
    if (const auto near = did_you_mean(wanted_.kind + "/" + wanted_.name, names); !near.empty())
      error.hints.push_back(near);
    if (names.size() > 12) names.resize(12);
    error.hints.push_back("it renders " + join(names, ", "));
    return error;
  }

  Result<void> choose_fields() {
    const auto* at = value_at(base_.object, wanted_.path);
    if (at == nullptr) {
      std::vector<std::string> names;
      for (const auto& leaf : leaves_of(base_.object)) names.push_back(to_string(leaf));
      auto failure =
          fail(Code::not_found, "{}/{} has no field {}", wanted_.kind, wanted_.name, to_string(wanted_.path));
      const auto near = did_you_mean(to_string(wanted_.path), names);
      return near.empty() ? std::move(failure) : std::move(failure).hint("{}", near);
    }
    paths_ = wanted_.path.empty() ? leaves_of(base_.object) : std::vector<ValuePath>{wanted_.path};
    for (const auto& path : paths_)
      result_.fields.push_back({.field = fmt::format("{}/{}:{}", wanted_.kind, wanted_.name, to_string(path)),
                                .value = to_json(*value_at(base_.object, path), JsonStyle::raw),
                                .template_ = base_.path});
    return {};
  }

  bool may_render() {
    if (result_.renders < bounds_.renders && !bounds_.deadline.passed()) {
      ++result_.renders;
      return true;
    }
    result_.cut = true;
    return false;
  }

  /// The object after a change; an object that is gone is one without content. Nothing when the chart
  /// refuses.
  std::optional<Found> with(const Chart& chart, const Value& values, const RenderOptions& options) {
    if (!may_render()) return std::nullopt;
    const auto rendered = render(chart, values, options);
    if (!rendered) return std::nullopt;
    if (auto found = find_object(*rendered, wanted_)) return found;
    return only_one_of_its_kind(*rendered);
  }

  /// A change of what the object is called: it is then the one document of that template and kind.
  std::optional<Found> only_one_of_its_kind(const Rendered& rendered) const {
    std::optional<Found> only;
    for (const auto& manifest : rendered.manifests) {
      if (manifest.path != base_.path || to_lower(manifest.kind) != wanted_.kind) continue;
      if (only) return Found{Value::map(), base_.path};
      if (auto object = from_yaml(manifest.content, manifest.path))
        only = Found{*std::move(object), base_.path};
    }
    return only ? only : Found{Value::map(), base_.path};
  }

  void find_lots() {
    auto options = options_;
    options.clock_shift = std::chrono::seconds(90061);
    const auto again = with(chart_, given_, options);
    if (!again) return;
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      const auto* other = value_at(again->object, paths_[i]);
      result_.fields[i].by_lot = other == nullptr || !deep_equal(*value_at(base_.object, paths_[i]), *other);
    }
  }

  void note(const Found& after, const Origin& origin) {
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      if (result_.fields[i].by_lot) continue;
      const auto* other = value_at(after.object, paths_[i]);
      if (other != nullptr && deep_equal(*value_at(base_.object, paths_[i]), *other)) continue;
      result_.fields[i].causes.push_back({origin, other == nullptr});
    }
  }

  Result<void> try_values(const Rendered& rendered) {
    DPCTL_TRY(const auto origins, Origins::of(*rendered.chart, flags_));
    for (const auto& path : leaves_of(rendered.values)) {
      const Value value = *value_at(rendered.values, path);
      for (const auto& other : others_of(value)) {
        const auto after = with(chart_, changed_at(&given_, rendered.values, path, 0, other), options_);
        if (result_.cut) return {};
        if (!after) continue;  // refused: try the next
        note(*after, {to_string(path), to_json(value, JsonStyle::raw), origins.who_set(path)});
        break;
      }
    }
    return {};
  }

  /// The release and the chart's own words.
  void try_surroundings() {
    const auto quoted = [](const std::string& text) { return to_json(Value::string(text), JsonStyle::raw); };
    auto renamed = options_;
    renamed.release += "x";
    if (const auto after = with(chart_, given_, renamed))
      note(*after, {".Release.Name", quoted(options_.release), "the release's name"});
    auto moved = options_;
    moved.ns += "x";
    if (const auto after = with(chart_, given_, moved))
      note(*after, {".Release.Namespace", quoted(options_.ns), "--namespace"});
    auto newer = options_;
    ++newer.revision;
    if (const auto after = with(chart_, given_, newer))
      note(*after, {".Release.Revision", std::to_string(options_.revision), "the release's revision"});
    Chart other = chart_;
    other.metadata.app_version += "1";
    if (const auto after = with(other, given_, options_))
      note(*after, {".Chart.AppVersion", quoted(chart_.metadata.app_version), "Chart.yaml"});
    other = chart_;
    other.metadata.version = "99.0.0";
    if (const auto after = with(other, given_, options_))
      note(*after, {".Chart.Version", quoted(chart_.metadata.version), "Chart.yaml"});
  }

  // --- the line ---

  /// A line of a template that may print a key.
  struct Line {
    const Chart* chart;  ///< its owner, in the chart as it was given
    std::size_t file;
    std::size_t number;  ///< from 1
    std::size_t offset;  ///< of the key in the file
  };

  /// Where `key:` is written at the start of a line, in a file or, for helpers, in any.
  void lines_of(const Chart& chart, const std::string& path, const std::string& key, bool helpers,
                std::vector<Line>& out) const {
    for (std::size_t i = 0; i < chart.templates.size(); ++i) {
      const auto& file = chart.templates[i];
      const bool helper = file.name.find("/_") != std::string::npos;
      if (helpers ? !helper : path + "/" + file.name != base_.path) continue;
      std::size_t number = 0;
      for (const auto line : split(file.data, '\n')) {
        ++number;
        const auto start = line.find_first_not_of(" \t-");
        if (start == std::string_view::npos) continue;
        auto rest = line.substr(start);
        const bool quote = rest.starts_with('"') || rest.starts_with('\'');
        if (quote) rest.remove_prefix(1);
        if (!rest.starts_with(key)) continue;
        rest.remove_prefix(key.size());
        if (quote && !rest.empty()) rest.remove_prefix(1);
        if (!rest.starts_with(':')) continue;
        out.push_back({&chart, i, number,
                       static_cast<std::size_t>(line.data() - file.data.data()) + start + (quote ? 1 : 0)});
      }
    }
    for (const auto& sub : chart.subcharts)
      lines_of(*sub, path + "/charts/" + sub->name(), key, helpers, out);
  }

  /// The chart with the key of that line renamed.
  static std::shared_ptr<Chart> renamed(const Chart& chart, const Line& line) {
    auto copy = std::make_shared<Chart>(chart);
    if (&chart == line.chart) copy->templates.edit(line.file).data.insert(line.offset, "dpctl-");
    for (auto& sub : copy->subcharts) sub = renamed(*sub, line);
    return copy;
  }

  std::optional<Line> line_of_key(const ValuePath& path, const std::string& key) {
    std::vector<Line> lines;
    lines_of(chart_, chart_.name(), key, false, lines);
    lines_of(chart_, chart_.name(), key, true, lines);
    for (const auto& line : lines) {
      if (bounds_.deadline.passed()) return std::nullopt;
      const auto after = with(*renamed(chart_, line), given_, options_);
      if (after && value_at(after->object, path) == nullptr) return line;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string path_of(const Chart& chart, const std::string& path, const Line& line) const {
    if (&chart == line.chart)
      return fmt::format("{}/{}:{}", path, chart.templates[line.file].name, line.number);
    for (const auto& sub : chart.subcharts)
      if (auto found = path_of(*sub, path + "/charts/" + sub->name(), line); !found.empty()) return found;
    return "";
  }

  void find_line(Blame& blame) {
    const auto& path = paths_[static_cast<std::size_t>(&blame - result_.fields.data())];
    for (auto size = path.size(); size > 0; --size) {
      const ValuePath above(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(size));
      if (above.back().starts_with('[')) continue;
      // The key's own path is kept between fields: containers[0] and containers[0].image share a line above.
      const auto known = lines_.find(above);
      const auto line = known != lines_.end() ? known->second : line_of_key(above, above.back());
      lines_[above] = line;
      if (!line) continue;
      blame.template_ = path_of(chart_, chart_.name(), *line);
      blame.exact_line = size == path.size();
      return;
    }
  }

  const Chart& chart_;
  const ValueFlags& flags_;
  RenderOptions options_;
  Wanted wanted_;
  BlameOptions bounds_;
  Value given_;
  Found base_;
  std::vector<ValuePath> paths_;
  std::map<ValuePath, std::optional<Line>> lines_;
  BlameResult result_;
};

}  // namespace

Result<BlameResult> blame(const Chart& chart, const ValueFlags& flags, const RenderOptions& options,
                          std::string_view field, const BlameOptions& bounds) {
  DPCTL_TRY(auto wanted, parse_field(field));
  return Investigation(chart, flags, options, std::move(wanted), bounds).run();
}

}  // namespace dpctl::chart
