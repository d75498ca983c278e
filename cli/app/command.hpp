#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cli/app/exit_code.hpp"
#include "lib/base/duration.hpp"
#include "lib/base/result.hpp"

namespace dpctl::cli {

class Env;

/// One word that completion offers, and what it means.
struct Candidate {
  std::string value;
  std::string description;
};
/// Offers words for a parameter. May ask the cluster (at most a second); errors are silence.
using Completer = std::vector<Candidate> (*)(Env&, std::string_view prefix);

/// One flag or positional argument.
struct Param {
  enum class Kind { flag, value, positional };
  Kind kind = Kind::value;
  std::string names;    ///< "-f,--file", "--wait", or "SERVICE"
  std::string metavar;  ///< "FILE"; empty for flags
  std::string help;
  bool repeatable = false;
  bool required = false;
  std::vector<std::string> choices{};
  std::string bare{};  ///< of a value that may be left out (--wait, --wait=legacy): what it is then
  Completer complete = nullptr;
  bool completes_files = false;
  bool hidden = false;  ///< taken, but shown in neither help nor completion
  /// Stores one value (for a flag "true" or "false") into the options.
  std::function<Result<void>(void* options, const std::string& text)> set{};

  /// "--file" of "-f,--file"; the metavar of a positional.
  [[nodiscard]] std::string long_name() const;
  /// Is the next word of the line its value?
  [[nodiscard]] bool takes_word() const { return kind == Kind::value && bare.empty(); }
};

struct Example {
  std::string text;     ///< what it does
  std::string command;  ///< without a prompt sign
};

enum class Stability { stable, experimental, hidden };

/// A command: help, man pages, reference and completion are made from it.
struct Command {
  std::string path;     ///< "migrate apply": its row's
  std::string summary;  ///< one line, no full stop
  std::string text;     ///< paragraphs
  std::vector<Example> examples;
  std::vector<Param> params;
  Stability stability = Stability::stable;
  std::function<std::shared_ptr<void>()> make_options;
  std::function<Result<ExitCode>(const void* options, Env&)> run;
};

/// A row of the command table: constinit, because a run needs one command, and builds no other.
struct Row {
  using Build = Command();
  constexpr Row(std::string_view p, Build* b) : path(p), build(b) {}
  std::string_view path;
  Build* build;  ///< all but the path
};

/// Converts the text of one value; add a type here when a command needs one.
template <class T>
Result<T> convert(const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>) {
    return text;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return fail(Code::usage, "\"{}\" is neither true nor false", text);
  } else if constexpr (std::is_same_v<T, int>) {
    std::size_t used = 0;
    int value = 0;
    try {
      value = std::stoi(text, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used == 0 || used != text.size()) return fail(Code::usage, "\"{}\" is not a whole number", text);
    return value;
  } else {
    static_assert(std::is_same_v<T, std::chrono::nanoseconds>, "no conversion for this type");
    return parse_duration(text);
  }
}

/// Builds a command: `command<Options>().summary("…").flag("--wait", &Options::wait, "…").run(run)`.
template <class Options>
class CommandBuilder {
 public:
  CommandBuilder() {
    command_.make_options = [] { return std::make_shared<Options>(); };
  }
  CommandBuilder& summary(std::string text) { return command_.summary = std::move(text), *this; }
  CommandBuilder& describe(std::string text) { return command_.text = std::move(text), *this; }
  CommandBuilder& example(std::string text, std::string line) {
    return command_.examples.push_back({std::move(text), std::move(line)}), *this;
  }
  CommandBuilder& stability(Stability how) { return command_.stability = how, *this; }

  /// --name: a switch (bool), a value, an optional value or a repeatable list, by the type of the member (of
  /// Options or a base of it).
  template <class T, class Owner>
  CommandBuilder& flag(std::string names, T Owner::* owner_member, std::string help, std::string metavar = "",
                       std::vector<std::string> choices = {}) {
    Param param{.kind = std::is_same_v<T, bool> ? Param::Kind::flag : Param::Kind::value,
                .names = std::move(names),
                .metavar = std::move(metavar),
                .help = std::move(help),
                .choices = std::move(choices)};
    T Options::* member = owner_member;
    bind(param, member);
    command_.params.push_back(std::move(param));
    return *this;
  }
  template <class T>
  CommandBuilder& argument(std::string name, T Options::* member, std::string help,
                           Completer complete = nullptr, bool required = true) {
    Param param{.kind = Param::Kind::positional,
                .names = name,
                .metavar = std::move(name),
                .help = std::move(help),
                .required = required,
                .complete = complete};
    bind(param, member);
    command_.params.push_back(std::move(param));
    return *this;
  }
  /// Flags that several commands share: `add` is called with the builder.
  template <class Add>
  CommandBuilder& with(const Add& add) {
    add(*this);
    return *this;
  }
  /// The last flag's value may be left out; it is never the next word then: --name, --name=value.
  CommandBuilder& bare(std::string value) { return command_.params.back().bare = std::move(value), *this; }
  /// Flags of another tool that change nothing here, each by its one name: its scripts run as they are.
  CommandBuilder& without_effect(Param::Kind kind, std::vector<std::string> names, std::string bare = "") {
    for (auto& name : names)
      command_.params.push_back(
          {.kind = kind,
           .names = std::move(name),
           .metavar = kind == Param::Kind::flag ? "" : "VALUE",
           .help = "",
           .repeatable = kind == Param::Kind::value && bare.empty(),
           .bare = bare,
           .hidden = true,
           .set = [](void*, const std::string&) -> Result<void> { return {}; }});
    return *this;
  }
  CommandBuilder& files() { return command_.params.back().completes_files = true, *this; }
  CommandBuilder& completes(Completer complete) { return command_.params.back().complete = complete, *this; }

  Command run(Result<ExitCode> (*function)(const Options&, Env&)) {
    command_.run = [function](const void* options, Env& env) {
      return function(*static_cast<const Options*>(options), env);
    };
    return std::move(command_);
  }

 private:
  template <class T>
  struct Element {
    using type = T;
  };
  template <class T>
  struct Element<std::vector<T>> {
    using type = T;
  };
  template <class T>
  struct Element<std::optional<T>> {
    using type = T;
  };

  template <class T>
  static void bind(Param& param, T Options::* member) {
    using Value = typename Element<T>::type;
    param.repeatable = !std::is_same_v<T, Value> && !std::is_same_v<T, std::optional<Value>>;
    param.set = [member](void* options, const std::string& text) -> Result<void> {
      DPCTL_TRY(Value value, convert<Value>(text));
      T& target = static_cast<Options*>(options)->*member;
      if constexpr (std::is_same_v<T, std::vector<Value>>)
        target.push_back(std::move(value));
      else
        target = std::move(value);
      return {};
    };
  }

  Command command_;
};

template <class Options>
CommandBuilder<Options> command() {
  return {};
}

/// All of the table (cli/commands/table.cpp), in the order of `dpctl help`.
const std::vector<const Command*>& commands();

/// The command whose path is exactly these words, or nullptr.
const Command* find_command(std::string_view path);

/// Is there a command whose path begins with these words?
bool is_group(std::string_view path);

}  // namespace dpctl::cli
