#include "cli/app/complete.hpp"

#include <algorithm>
#include <set>

#include "cli/app/parse.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::cli {
namespace {

constexpr int kNoFiles = 4;

using Candidates = std::vector<Candidate>;

const Param* flag_named(const Command* command, std::string_view word) {
  for (const Param* param : params_of(command)) {
    if (param->kind == Param::Kind::positional) continue;
    for (const auto name : split(param->names, ','))
      if (name == word) return param;
  }
  return nullptr;
}

Candidates values_of(Env& env, const Param& param, std::string_view prefix) {
  Candidates found;
  if (param.complete != nullptr) found = param.complete(env, prefix);
  for (const auto& choice : param.choices) found.push_back({choice, ""});
  return found;
}

Candidates flags_of(const Command* command) {
  Candidates found;
  for (const Param* param : params_of(command))
    if (param->kind != Param::Kind::positional && !param->hidden)
      found.push_back({param->long_name(), param->help});
  return found;
}

Candidates next_words(const std::string& path) {
  Candidates found;
  std::set<std::string> seen;
  for (const Command* command : commands()) {
    if (command->stability == Stability::hidden) continue;
    std::string_view rest = command->path;
    if (!path.empty()) {
      if (!rest.starts_with(path + " ")) continue;
      rest.remove_prefix(path.size() + 1);
    }
    const auto words = split(rest, ' ');
    if (seen.insert(std::string(words[0])).second)
      found.push_back({std::string(words[0]), words.size() == 1 ? command->summary : "commands"});
  }
  return found;
}

// How many positional words stand after the command's own ones.
std::size_t positional_count(const Command* command, std::span<const std::string> before,
                             const CommandWords& words) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (std::find(words.positions.begin(), words.positions.end(), i) != words.positions.end()) continue;
    if (before[i].starts_with('-')) {
      const Param* flag = before[i].find('=') == std::string::npos ? flag_named(command, before[i]) : nullptr;
      if (flag != nullptr && flag->takes_word()) ++i;
      continue;
    }
    ++count;
  }
  return count;
}

const Param* positional_at(const Command* command, std::size_t index) {
  const Param* last = nullptr;
  for (const auto& param : command->params) {
    if (param.kind != Param::Kind::positional) continue;
    last = &param;
    if (index-- == 0) return &param;
  }
  return last != nullptr && last->repeatable ? last : nullptr;
}

std::string answer(const Candidates& found, std::string_view prefix, std::string_view lead, int directive) {
  std::string text;
  for (const auto& candidate : found) {
    if (!std::string_view(candidate.value).starts_with(prefix)) continue;
    text += fmt::format("{}{}", lead, candidate.value);
    if (!candidate.description.empty()) text += "\t" + candidate.description;
    text += "\n";
  }
  return text + fmt::format(":{}\n", directive);
}

}  // namespace

std::string complete_words(Env& env, std::span<const std::string> arguments) {
  if (arguments.empty()) return answer(next_words(""), "", "", kNoFiles);
  const auto before = arguments.first(arguments.size() - 1);
  const std::string& word = arguments.back();
  const CommandWords words = command_words(before);

  if (const auto equals = word.find('='); word.starts_with("--") && equals != std::string::npos) {
    const Param* flag = flag_named(words.command, word.substr(0, equals));
    if (flag == nullptr) return answer({}, "", "", kNoFiles);
    return answer(values_of(env, *flag, word.substr(equals + 1)), word.substr(equals + 1),
                  word.substr(0, equals + 1), flag->completes_files ? 0 : kNoFiles);
  }
  if (!before.empty())
    if (const Param* flag = flag_named(words.command, before.back()); flag != nullptr && flag->takes_word())
      return answer(values_of(env, *flag, word), word, "", flag->completes_files ? 0 : kNoFiles);
  if (word.starts_with('-')) return answer(flags_of(words.command), word, "", kNoFiles);

  Candidates found;
  int directive = kNoFiles;
  if (words.command == nullptr || is_group(words.path)) found = next_words(words.path);
  if (words.command != nullptr) {
    const Param* positional = positional_at(words.command, positional_count(words.command, before, words));
    if (positional != nullptr) {
      for (auto& candidate : values_of(env, *positional, word)) found.push_back(std::move(candidate));
      if (positional->completes_files) directive = 0;
    }
  }
  return answer(found, word, "", directive);
}

}  // namespace dpctl::cli
