// usage.cpp: which values the templates may read, and which of the user's they do not.
//
// Reads are a tree of keys below `.Values`, one for each chart and one for helpers, which any chart may call.
// A node that is `whole` is read with all that is below it.
#include "lib/chart/insight/usage.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>

#include "lib/base/strings.hpp"
#include "lib/chart/insight/sources.hpp"
#include "lib/chart/text/parser.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {
namespace {

using Path = std::vector<std::string>;

Path path_of(const Names& names) { return {names.begin(), names.end()}; }

struct Reads {
  bool whole = false;
  std::map<std::string, Reads, std::less<>> below{};

  void add(const Path& path) {
    Reads* at = this;
    for (const auto& key : path) at = &at->below[key];
    at->whole = true;
  }
};

/// Gathers the reads of one text.
class Reader {
 public:
  /// `own` takes what is certainly the chart's own `.Values`; `shared` what may be any chart's.
  Reader(Reads& own, Reads& shared) : own_(&own), shared_(&shared) {}

  void read(const Source& source) {
    for (const auto& tree : source.trees) {
      in_file_ = tree.get() == &source.main();
      node(*tree->root);
    }
  }
  [[nodiscard]] bool runs_texts() const { return runs_texts_; }

 private:
  /// The path of values that a node names, when it names one: `.Values.a`, `$.Values.a`, `(.Values.a).b`.
  struct Named {
    Path path;
    bool own;
  };
  [[nodiscard]] std::optional<Named> named(const Node& at) const {
    if (at.type == NodeType::field) return named(path_of(static_cast<const FieldNode&>(at).path), true);
    if (at.type == NodeType::variable) {
      const auto& path = static_cast<const VariableNode&>(at).path;
      return named(Path(path.begin() + 1, path.end()), path.front() == "$");
    }
    if (at.type == NodeType::chain) {
      const auto& chain = static_cast<const ChainNode&>(at);
      auto inner = named(*chain.node);
      if (inner) inner->path.insert(inner->path.end(), chain.path.begin(), chain.path.end());
      return inner;
    }
    if (at.type == NodeType::pipe) {
      const auto& pipe = static_cast<const PipeNode&>(at);
      if (!pipe.declared.empty() || pipe.commands.size() != 1) return std::nullopt;
      const auto& args = pipe.commands.front()->args;
      if (args.size() == 1) return named(*args.front());
      return keyed(*pipe.commands.front());
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<Named> named(const Path& path, bool plain) const {
    for (std::size_t i = 0; i < path.size(); ++i)
      if (path[i] == "Values")
        return Named{Path(path.begin() + static_cast<std::ptrdiff_t>(i) + 1, path.end()),
                     plain && i == 0 && in_file_};
    return std::nullopt;
  }

  /// `index .Values "a" "b"`, `get .Values "a"`, `hasKey .Values "a"`.
  [[nodiscard]] std::optional<Named> keyed(const CommandNode& command) const {
    if (command.args.size() < 3 || command.args[0]->type != NodeType::identifier) return std::nullopt;
    const auto& name = static_cast<const IdentifierNode*>(command.args[0])->name;
    if (name != "index" && name != "get" && name != "hasKey") return std::nullopt;
    auto of = named(*command.args[1]);
    if (!of) return std::nullopt;
    for (std::size_t i = 2; i < command.args.size(); ++i) {
      if (command.args[i]->type != NodeType::string) return of;
      of->path.push_back(static_cast<const StringNode*>(command.args[i])->value.as_string());
    }
    return of;
  }

  void add(const Named& read) { (read.own ? own_ : shared_)->add(read.path); }

  /// A text inside a template: it may be run by `tpl`, or name a key.
  void text(const std::string& text) {
    if (text == "Values") shared_->whole = true;
    if (text.find("{{") == std::string::npos) return;
    const auto parsed = parse("text", text);
    if (!parsed) {
      shared_->whole = true;
      return;
    }
    Reader inside(*shared_, *shared_);
    inside.read(**parsed);
  }

  /// `toYaml $` and the like at the top of a file: the whole context.
  void whole_context(const CommandNode& command) {
    static constexpr std::array<std::string_view, 17> kTakeAll{
        "toYaml",        "toJson",   "toPrettyJson", "toRawJson", "mustToJson", "mustToPrettyJson",
        "mustToRawJson", "toToml",   "values",       "print",     "printf",     "println",
        "toString",      "deepCopy", "mustDeepCopy", "pluck",     "pick"};
    if (command.args.size() < 2 || command.args[0]->type != NodeType::identifier) return;
    const std::string_view name = static_cast<const IdentifierNode*>(command.args[0])->name;
    if (std::find(kTakeAll.begin(), kTakeAll.end(), name) == kTakeAll.end()) return;
    for (const auto* argument : command.args) {
      const bool context = argument->type == NodeType::variable &&
                           path_of(static_cast<const VariableNode*>(argument)->path) == Path{"$"};
      if (context) shared_->whole = true;
    }
  }

  void node(const Node& at) {
    if (const auto read = named(at)) {
      add(*read);
      return arguments_of(at);
    }
    switch (at.type) {
      case NodeType::identifier:
        if (static_cast<const IdentifierNode&>(at).name == "tpl") runs_texts_ = true;
        break;
      case NodeType::string: text(static_cast<const StringNode&>(at).value.as_string()); break;
      case NodeType::action: node(*static_cast<const ActionNode&>(at).pipe); break;
      case NodeType::list:
        for (const auto* child : static_cast<const ListNode&>(at).nodes) node(*child);
        break;
      case NodeType::if_:
      case NodeType::range:
      case NodeType::with: {
        const auto& branch = static_cast<const BranchNode&>(at);
        node(*branch.pipe);
        node(*branch.body);
        if (branch.otherwise != nullptr) node(*branch.otherwise);
        break;
      }
      case NodeType::template_:
        if (const auto* pipe = static_cast<const TemplateNode&>(at).pipe) node(*pipe);
        break;
      case NodeType::pipe:
        for (const auto* command : static_cast<const PipeNode&>(at).commands) node(*command);
        break;
      case NodeType::command: {
        const auto& command = static_cast<const CommandNode&>(at);
        if (const auto read = keyed(command)) {
          add(*read);
          return arguments_of(at);
        }
        whole_context(command);
        for (const auto* argument : command.args) node(*argument);
        break;
      }
      case NodeType::chain: node(*static_cast<const ChainNode&>(at).node); break;
      default: break;
    }
  }

  /// What a node that names a value uses beside it: the computed keys of an `index`.
  void arguments_of(const Node& at) {
    if (at.type == NodeType::chain) return arguments_of(*static_cast<const ChainNode&>(at).node);
    const CommandNode* command = nullptr;
    if (at.type == NodeType::command) command = static_cast<const CommandNode*>(&at);
    if (at.type == NodeType::pipe) command = static_cast<const PipeNode&>(at).commands.front();
    if (command == nullptr) return;
    if (command->args.size() == 1) return arguments_of(*command->args.front());
    arguments_of(*command->args[1]);
    for (std::size_t i = 2; i < command->args.size(); ++i) node(*command->args[i]);
  }

  Reads* own_;
  Reads* shared_;
  bool in_file_ = false;
  bool runs_texts_ = false;
};

/// What all charts read: each chart's own by the place of its values, and what helpers read of any chart.
class Usage {
 public:
  static Result<Usage> of(const Chart& original, const Chart& processed, const Value& values) {
    Usage usage;
    usage.chart_places(processed, {});
    DPCTL_TRY(const auto sources, sources_of(processed));
    bool runs_texts = false;
    for (const auto& source : sources) {
      Reader reader(usage.own_[source.values_at], usage.shared_);
      reader.read(*source.source);
      runs_texts = runs_texts || reader.runs_texts();
    }
    if (runs_texts) {
      usage.add_texts(values);
      usage.add_files(processed);
    }
    usage.add_metadata(original, {});
    return usage;
  }

  /// May anything read the value at the path (or, `inside`, something below it)?
  [[nodiscard]] bool reads(const Path& path, bool& inside) const {
    for (const auto& [place, own] : own_) {
      if (path.size() < place.size() || !std::equal(place.begin(), place.end(), path.begin())) {
        // A path above the chart's own values: what is below it is looked at later.
        if (path.size() < place.size() && std::equal(path.begin(), path.end(), place.begin())) inside = true;
        continue;
      }
      const Path rest(path.begin() + static_cast<std::ptrdiff_t>(place.size()), path.end());
      if (below(own, rest, inside) || below(shared_, rest, inside)) return true;
      // Globals of any chart are read by all charts below it.
      if (!rest.empty() && rest.front() == "global")
        for (const auto& [other, reads] : own_)
          if (below(reads, rest, inside)) return true;
    }
    return false;
  }

  /// Keys that are read beside the last one of the path.
  [[nodiscard]] std::set<std::string> beside(const Path& path) const {
    std::set<std::string> keys;
    const auto gather = [&](const Reads& reads, std::size_t from) {
      const Reads* at = &reads;
      for (std::size_t i = from; i + 1 < path.size(); ++i) {
        const auto found = at->below.find(path[i]);
        if (found == at->below.end()) return;
        at = &found->second;
      }
      for (const auto& entry : at->below) keys.insert(entry.first);
    };
    for (const auto& [place, own] : own_)
      if (path.size() > place.size() && std::equal(place.begin(), place.end(), path.begin())) {
        gather(own, place.size());
        gather(shared_, place.size());
      }
    return keys;
  }

 private:
  static bool below(const Reads& reads, const Path& path, bool& inside) {
    const Reads* at = &reads;
    for (const auto& key : path) {
      if (at->whole) return true;
      const auto found = at->below.find(key);
      if (found == at->below.end()) return false;
      at = &found->second;
    }
    inside = inside || !at->below.empty();
    return at->whole;
  }

  void chart_places(const Chart& chart, const Path& place) {
    own_[place];
    for (const auto& sub : chart.subcharts) {
      Path next = place;
      next.push_back(sub->name());
      chart_places(*sub, next);
    }
  }

  /// Every text of the values that may be a template.
  void add_texts(const Value& value) {
    if (value.is_string()) {
      add_text(value.as_string());
    } else if (value.is_list()) {
      for (const auto& item : value.as_list()) add_texts(item);
    } else if (value.is_map()) {
      for (const auto& entry : value.as_map().entries) {
        add_text(entry.name());
        add_texts(entry.value);
      }
    }
  }
  void add_text(const std::string& text) {
    if (text.find("{{") == std::string::npos) return;
    const auto parsed = parse("text", text);
    if (!parsed) {
      if (text.find("Values") != std::string::npos) shared_.whole = true;
      return;
    }
    Reader reader(shared_, shared_);
    reader.read(**parsed);
  }
  void add_files(const Chart& chart) {
    for (const auto& file : chart.files)
      if (file.data.find("Values") != std::string::npos) add_text(file.data);
    for (const auto& sub : chart.subcharts) add_files(*sub);
  }

  /// Conditions, tags and imports are read by the engine itself; what belongs to a disabled subchart waits.
  void add_metadata(const Chart& chart, const Path& place) {
    auto& own = own_[place];
    own.add({"tags"});
    for (const auto& dependency : chart.metadata.dependencies) {
      for (const auto condition : split(dependency.condition, ',')) {
        Path path;
        for (const auto key : split(trim(condition), '.')) path.emplace_back(key);
        own.add(path);
      }
      const auto& name = dependency.alias.empty() ? dependency.name : dependency.alias;
      Path below = place;
      below.push_back(name);
      if (!dependency.import_values.empty()) own.add({name});
      if (!own_.contains(below)) {
        own.add({name});
        continue;
      }
      for (const auto& sub : chart.subcharts)
        if (sub->name() == dependency.name) add_metadata(*sub, below);
    }
  }

  std::map<Path, Reads> own_;
  Reads shared_;
};

class Finder {
 public:
  Finder(const Usage& usage, const Value& defaults) : usage_(usage), defaults_(defaults) {}

  void look(const Value& map, Path& path) {
    for (const auto& entry : map.as_map().entries) {
      path.push_back(entry.name());
      bool inside = false;
      if (!usage_.reads(path, inside)) {
        const auto* fallback = default_at(path);
        if (!inside && fallback == nullptr) {
          found_.push_back({join(path, "."), suggestion(path)});
        } else if (entry.value.is_map() && (fallback == nullptr || fallback->is_map())) {
          look(entry.value, path);
        }
      }
      path.pop_back();
    }
  }
  std::vector<UnusedValue> found() && { return std::move(found_); }

 private:
  [[nodiscard]] const Value* default_at(const Path& path) const {
    const Value* at = &defaults_;
    for (const auto& key : path) {
      at = at->find(key);
      if (at == nullptr) return nullptr;
    }
    return at;
  }

  [[nodiscard]] std::string suggestion(const Path& path) const {
    auto keys = usage_.beside(path);
    const auto* parent = default_at(Path(path.begin(), path.end() - 1));
    if (parent != nullptr && parent->is_map())
      for (const auto& entry : parent->as_map().entries) keys.insert(entry.name());
    const std::string above = join(Path(path.begin(), path.end() - 1), ".");
    std::vector<std::string> near =
        suggestions(path.back(), std::vector<std::string>(keys.begin(), keys.end()), 1);
    if (near.empty()) near = deeper(path);
    if (near.empty()) return "";
    return fmt::format("did you mean {}?", above.empty() ? near.front() : above + "." + near.front());
  }

  /// The same key one level below, in a subchart's values: "replicas" for "web.replicas".
  [[nodiscard]] std::vector<std::string> deeper(const Path& path) const {
    const auto* parent = default_at(Path(path.begin(), path.end() - 1));
    if (parent == nullptr || !parent->is_map()) return {};
    std::vector<std::string> found;
    for (const auto& entry : parent->as_map().entries)
      if (entry.value.is_map() && entry.value.find(path.back()) != nullptr)
        found.push_back(entry.name() + "." + path.back());
    return found.size() == 1 ? found : std::vector<std::string>{};
  }

  const Usage& usage_;
  const Value& defaults_;
  std::vector<UnusedValue> found_;
};

}  // namespace

Result<std::vector<UnusedValue>> unused_values(const Chart& chart, const Value& values) {
  if (!values.is_map() || values.as_map().entries.empty()) return std::vector<UnusedValue>{};
  Warnings ignored;
  DPCTL_TRY(const auto processed, process_dependencies(chart, values, ignored));
  DPCTL_TRY(const auto all, coalesce(*processed, values, Nulls::remove, ignored));
  DPCTL_TRY(const auto defaults, coalesce(*processed, Value::map(), Nulls::keep, ignored));
  DPCTL_TRY(const auto usage, Usage::of(chart, *processed, all));
  Finder finder(usage, defaults);
  Path path;
  finder.look(values, path);
  return std::move(finder).found();
}

std::string to_string(const UnusedValue& unused) {
  return fmt::format("value {} is read by no template of the chart{}{}", unused.path,
                     unused.suggestion.empty() ? "" : ": ", unused.suggestion);
}

}  // namespace dpctl::chart
