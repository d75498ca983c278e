#include "cli/app/parse.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <set>

#include "lib/base/strings.hpp"

namespace dpctl::cli {
namespace {

// `-n x` is two words, `--namespace=x` and `-nx` one: which flags take the next word decides where the
// command's words are.
bool takes_next_word(const std::string& word) {
  if (word.find('=') != std::string::npos) return false;
  for (const auto& param : global_params()) {
    if (param.kind != Param::Kind::value) continue;
    for (const auto name : split(param.names, ','))
      if (name == word) return true;
  }
  return false;
}

std::vector<std::string> first_words(std::string_view group) {
  std::set<std::string> words;
  for (const Command* command : commands()) {
    if (command->stability == Stability::hidden) continue;
    std::string_view path = command->path;
    if (!group.empty()) {
      if (!path.starts_with(group) || path.size() <= group.size() || path[group.size()] != ' ') continue;
      path.remove_prefix(group.size() + 1);
    }
    words.emplace(split(path, ' ')[0]);
  }
  return {words.begin(), words.end()};
}

Failure unknown_command(std::string_view group, const std::string& word) {
  const auto known = first_words(group);
  auto failure = group.empty() ? fail(Code::usage, "unknown command \"{}\"", word)
                               : fail(Code::usage, "unknown command \"{}\" for \"dpctl {}\"", word, group);
  if (auto near = did_you_mean(word, known); !near.empty()) return std::move(failure).hint("{}", near);
  return std::move(failure).hint("known {}: {}", group.empty() ? "are" : "here", fmt::join(known, ", "));
}

/// The values that CLI11 found for each parameter.
struct Bound {
  const Param* param;
  CLI::Option* option = nullptr;
};

/// The names of a parameter that none before it has.
std::string free_names(const Param& param, std::set<std::string>& taken) {
  std::vector<std::string> free;
  for (const auto name : split(param.names, ','))
    if (taken.emplace(name).second) free.emplace_back(name);
  return join(free, ",");
}

/// Only flags that the line may mean are given to CLI11, which compares each new one with all before it: most
/// of the time of a short command. Short flags may stand together in one word.
bool may_be_in(const std::vector<std::string>& words, const Param& param) {
  if (param.kind == Param::Kind::positional) return true;
  for (const auto name : split(param.names, ','))
    for (const auto& word : words) {
      const bool is_long = word.starts_with("--");
      if (name.starts_with("--")
              ? word.starts_with(name)
              : !is_long && word.starts_with('-') && word.find(name.back()) != std::string::npos)
        return true;
    }
  return false;
}

void add_param(CLI::App& app, Bound& bound, const std::vector<std::string>& words,
               std::set<std::string>& taken) {
  const Param& param = *bound.param;
  const auto names = free_names(param, taken);
  if (names.empty() || !may_be_in(words, param)) return;
  if (param.kind == Param::Kind::flag || !param.bare.empty()) {
    bound.option = app.add_flag(names)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return;
  }
  const auto keep = [](const CLI::results_t&) { return true; };
  bound.option = app.add_option(param.kind == Param::Kind::positional ? to_lower(names) : names, keep);
  if (param.repeatable) {
    bound.option->expected(param.kind == Param::Kind::positional ? 0 : 1,
                           CLI::detail::expected_max_vector_size);
    bound.option->allow_extra_args(param.kind == Param::Kind::positional);
  } else {
    bound.option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

std::vector<std::string> flag_names(const Command& command) {
  std::vector<std::string> names;
  for (const Param* param : params_of(&command))
    if (param->kind != Param::Kind::positional && !param->hidden)
      for (const auto name : split(param->names, ',')) names.emplace_back(name);
  return names;
}

Failure usage_error(const Command& command, const std::string& text) {
  return fail(Code::usage, "{}", text).hint("dpctl {} --help", command.path);
}

// CLI11 classes its errors by code, not by name: ExtrasError is reported under another one.
Failure translate(const Command& command, const CLI::ParseError& error, const CLI::App& app) {
  const auto extras = app.remaining();
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extras.empty()) {
    const std::string word = extras.front().substr(0, extras.front().find('='));
    if (!word.starts_with('-')) return usage_error(command, fmt::format("unexpected argument \"{}\"", word));
    const auto near = did_you_mean(word, flag_names(command));
    auto failure = fail(Code::usage, "unknown flag {}", word);
    return (near.empty() ? std::move(failure) : std::move(failure).hint("{}", near))
        .hint("dpctl {} --help", command.path);
  }
  std::string text = error.what();
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && text.compare(0, 2, "--") != 0)
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return usage_error(command, text);
}

Result<void> store_values(const Command& command, const std::vector<Bound>& bounds, void* options) {
  for (const auto& bound : bounds) {
    const Param& param = *bound.param;
    if (bound.option == nullptr || bound.option->count() == 0) {
      if (param.required) return usage_error(command, fmt::format("argument {} is missing", param.names));
      continue;
    }
    for (auto value : bound.option->reduced_results()) {
      if (!param.bare.empty() && value == "true") value = param.bare;
      if (!param.choices.empty() &&
          std::find(param.choices.begin(), param.choices.end(), value) == param.choices.end()) {
        return fail(Code::usage, "{} cannot be \"{}\"", param.long_name(), value)
            .hint("one of: {}", fmt::join(param.choices, ", "))
            .hint("dpctl {} --help", command.path);
      }
      if (auto stored = param.set(options, value); !stored) {
        Error error = std::move(stored).error();
        error.what = fmt::format("{}: {}", param.long_name(), error.what);
        error.hints.push_back(fmt::format("dpctl {} --help", command.path));
        return fail(std::move(error));
      }
    }
  }
  return {};
}

constexpr std::string_view kCompletionWord = "__complete";

// The global flags of the line that is being completed: they say which cluster to ask. A line may be wrong as
// yet.
void take_globals(std::span<const std::string> words, Globals& globals) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    for (const auto& param : global_params()) {
      const auto names = split(param.names, ',');
      if (param.kind != Param::Kind::value || std::find(names.begin(), names.end(), name) == names.end())
        continue;
      if (equals != std::string::npos)
        (void)param.set(&globals, words[i].substr(equals + 1));
      else if (i + 1 < words.size())
        (void)param.set(&globals, words[i + 1]);
    }
  }
}

// Whatever follows belongs to the line that is being completed, flags included.
Result<Invocation> completion_question(std::span<const std::string> words) {
  Invocation invocation;
  invocation.command = find_command(kCompletionWord);
  invocation.options = invocation.command->make_options();
  for (const auto& word : words)
    DPCTL_CHECK(invocation.command->params.front().set(invocation.options.get(), word));
  take_globals(words.first(words.empty() ? 0 : words.size() - 1), invocation.globals);
  return invocation;
}

}  // namespace

std::string Param::long_name() const {
  for (const auto name : split(names, ','))
    if (name.starts_with("--") || kind == Kind::positional) return std::string(name);
  return names;
}

CommandWords command_words(std::span<const std::string> arguments) {
  CommandWords words;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") break;
    if (word.starts_with('-') && word.size() > 1) {
      if (takes_next_word(word)) ++i;
      continue;
    }
    const std::string longer = words.path.empty() ? word : words.path + " " + word;
    const Command* command = find_command(longer);
    if (command == nullptr && !is_group(longer)) break;
    words.command = command;
    words.path = longer;
    words.positions.push_back(i);
    if (command != nullptr && !is_group(longer)) break;
  }
  return words;
}

Result<Invocation> parse(std::span<const std::string> arguments) {
  if (!arguments.empty() && arguments[0] == kCompletionWord) return completion_question(arguments.subspan(1));
  const CommandWords words = command_words(arguments);
  static const Command kNone{};
  const Command& command = words.command == nullptr ? kNone : *words.command;
  Invocation invocation{.command = words.command, .group = words.path};
  if (words.command != nullptr) invocation.options = command.make_options();

  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (std::find(words.positions.begin(), words.positions.end(), i) == words.positions.end())
      rest.push_back(arguments[i]);
  if (words.command == nullptr)
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (takes_next_word(rest[i]))
        ++i;
      else if (!rest[i].starts_with('-'))
        return unknown_command(words.path, rest[i]);
    }

  CLI::App app;
  app.set_help_flag();
  std::vector<Bound> own, globals;
  for (const Param* param : params_of(&command))
    (own.size() < command.params.size() ? own : globals).push_back({param});
  std::set<std::string> taken;
  for (auto* bounds : {&own, &globals})
    for (auto& bound : *bounds) add_param(app, bound, rest, taken);
  std::reverse(rest.begin(), rest.end());  // CLI11 takes them from the back
  try {
    app.parse(rest);
  } catch (const CLI::ParseError& error) {
    return translate(command, error, app);
  }
  DPCTL_CHECK(store_values(command, globals, &invocation.globals));
  if (invocation.command != nullptr && !invocation.globals.help)
    DPCTL_CHECK(store_values(command, own, invocation.options.get()));
  return invocation;
}

}  // namespace dpctl::cli
