#include "cli/app/help.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "cli/app/globals.hpp"
#include "cli/app/parse.hpp"
#include "cli/output/text.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::cli {
namespace {

struct Topic {
  std::string_view name, text;
};
constexpr std::array<Topic, 3> kTopics{{
    {"exit-codes",
     "Exit codes\n\n"
     "    0  done\n"
     "    1  failed: it was tried and did not succeed\n"
     "    2  usage or configuration: nothing was tried\n"
     "    4  not authenticated, or not allowed\n"
     "    5  not found\n"
     "    6  conflict: owned by somebody else, or changed since it was looked at\n"
     "    7  unhealthy: a check said no\n"
     "  124  timed out\n"
     "  130  interrupted\n\n"
     "'dpctl plan --detailed-exitcode' exits 0 without changes, 1 on an error, 2 with changes.\n"},
    {"environment",
     "Environment variables\n\n"
     "  KUBECONFIG        kubeconfig files, separated by colons; entries of earlier files win\n"
     "  DPCTL_FILE        environment file in place of dpctl.yaml\n"
     "  XDG_CACHE_HOME    discovery cache, in its folder dpctl; default ~/.cache\n"
     "  HTTPS_PROXY       proxy to the API server; a kubeconfig's proxy-url wins\n"
     "  NO_COLOR          when set and not empty: no colour; --color wins\n\n"
     "Variables that the environment file names (passwordFrom: {env: NAME}) are read as it says.\n"},
    {"output",
     "Output\n\n"
     "Standard output carries the result and only that; progress, warnings and errors go to standard error.\n"
     "  -o table   for people (default)\n"
     "  -o json    one document, also on failure: {\"error\": {\"code\", \"message\", \"causes\", \"hints\", "
     "\"retryable\"}}\n"
     "  -o yaml    the same as YAML\n"
     "  -o name    one object a line: deployment.apps/normalization-service\n\n"
     "--progress tree|plain|json|none chooses how progress is shown; by default a tree on a terminal and "
     "plain lines elsewhere.\n"},
}};

std::string heading(const Terminal& terminal, std::string_view text) {
  return paint(terminal, Paint::bold, text) + "\n";
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t used = display_width(text);
  out.append(used < width ? width - used : 1, ' ');
  return out;
}

std::string param_names(const Param& param) {
  if (param.kind == Param::Kind::positional) return param.names;
  std::vector<std::string> names;
  for (const auto name : split(param.names, ',')) names.emplace_back(name);
  const bool only_long = names[0].starts_with("--");
  std::string text = (only_long ? "    " : "") + names[0];
  if (!only_long && names.size() > 1) text += ", " + names[1];
  if (param.kind == Param::Kind::flag) return text;
  return param.bare.empty() ? text + " " + param.metavar : text + "[=" + param.metavar + "]";
}

std::string param_help(const Param& param) {
  std::string text = param.help;
  if (!param.choices.empty()) text += " (" + join(param.choices, "|") + ")";
  if (param.repeatable) text += "; repeatable";
  return text;
}

std::string param_table(const std::vector<Param>& params, Param::Kind only_positional) {
  std::string text;
  for (const auto& param : params) {
    const bool positional = param.kind == Param::Kind::positional;
    if (param.hidden || positional != (only_positional == Param::Kind::positional)) continue;
    text += "  " + padded(param_names(param), 34) + " " + param_help(param) + "\n";
  }
  return text;
}

std::string usage_line(const Command& command) {
  std::string line = "dpctl " + command.path;
  for (const auto& param : command.params) {
    if (param.kind != Param::Kind::positional) continue;
    const std::string word = param.repeatable ? param.names + "..." : param.names;
    line += param.required ? " " + word : " [" + word + "]";
  }
  return line + " [flags]";
}

/// A group of so many commands that the overview shows it as one line.
struct Group {
  std::string_view name, summary;
};
constexpr std::array<Group, 1> kGroups{
    {{"chart", "Charts as Helm knows them; 'dpctl help chart' lists the verbs"}}};

std::string first_word(const Command& command) { return command.path.substr(0, command.path.find(' ')); }

std::string command_rows(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 20;
  for (const auto& [name, summary] : rows) width = std::max(width, display_width(name));
  std::string text;
  for (const auto& [name, summary] : rows) text += "  " + padded(name, width + 2) + summary + "\n";
  return text;
}

/// The commands of a group; without one, all of them, with a line for each of kGroups.
std::string command_list(std::string_view group) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Command* command : commands()) {
    if (command->stability == Stability::hidden) continue;
    if (!group.empty() && !command->path.starts_with(std::string(group) + " ")) continue;
    const auto whole = std::find_if(kGroups.begin(), kGroups.end(),
                                    [&](const Group& one) { return one.name == first_word(*command); });
    if (group.empty() && whole != kGroups.end()) {
      const std::string name = std::string(whole->name) + " VERB";
      if (rows.empty() || rows.back().first != name) rows.emplace_back(name, whole->summary);
      continue;
    }
    const std::string note = command->stability == Stability::experimental ? " (experimental)" : "";
    rows.emplace_back(command->path, command->summary + note);
  }
  return command_rows(rows);
}

}  // namespace

std::string help_overview(const Terminal& terminal) {
  return "dpctl carries a data pipeline into production on Kubernetes and keeps it there.\n\n" +
         heading(terminal, "Start here") +
         "  dpctl init                    # writes dpctl.yaml, with every key explained\n"
         "  dpctl plan -f dpctl.yaml      # shows what would change\n"
         "  dpctl up -f dpctl.yaml        # does it, and waits until it holds\n"
         "  dpctl status -f dpctl.yaml    # how it stands\n\n" +
         heading(terminal, "Commands") + command_list("") + "\n" + heading(terminal, "Topics") + "  " +
         join(help_topics(), ", ") + "\n\n'dpctl help COMMAND' or 'dpctl COMMAND --help' tells more.\n";
}

std::string help_command(const Command& command, const Terminal& terminal) {
  std::string text =
      command.summary + ".\n\n" + heading(terminal, "Usage") + "  " + usage_line(command) + "\n\n";
  if (!command.examples.empty()) {
    text += heading(terminal, "Examples");
    for (const auto& example : command.examples)
      text += "  # " + example.text + "\n  " + example.command + "\n\n";
  }
  if (!command.text.empty()) text += command.text + "\n\n";
  if (auto arguments = param_table(command.params, Param::Kind::positional); !arguments.empty())
    text += heading(terminal, "Arguments") + arguments + "\n";
  if (auto flags = param_table(command.params, Param::Kind::flag); !flags.empty())
    text += heading(terminal, "Flags") + flags + "\n";
  text += heading(terminal, "Global flags") + param_table(global_params(), Param::Kind::flag);
  return command.path.starts_with("chart ") ? text + param_table(helm_params(), Param::Kind::flag) : text;
}

std::string help_group(std::string_view group, const Terminal& terminal) {
  return heading(terminal, "Commands") + command_list(group) + "\n'dpctl help " + std::string(group) +
         " COMMAND' tells more.\n";
}

std::string help_topic(std::string_view topic) {
  for (const auto& known : kTopics)
    if (known.name == topic) return std::string(known.text);
  return "";
}

std::vector<std::string> help_topics() {
  std::vector<std::string> names;
  for (const auto& topic : kTopics) names.emplace_back(topic.name);
  return names;
}

std::string reference_markdown() {
  std::string text =
      "# Commands\n\nMade from the command table by `dpctl help --markdown`; a test keeps this file equal to "
      "it.\n\n## Global flags\n\n```\n" +
      param_table(global_params(), Param::Kind::flag) + "```\n\nThe chart verbs take these too:\n\n```\n" +
      param_table(helm_params(), Param::Kind::flag) + "```\n";
  for (const Command* command : commands()) {
    if (command->stability == Stability::hidden) continue;
    text += "\n## dpctl " + command->path + "\n\n" + command->summary + ".\n\n";
    if (!command->text.empty()) text += command->text + "\n\n";
    text += "```\n" + usage_line(*command) + "\n";
    for (const auto& example : command->examples)
      text += "\n# " + example.text + "\n" + example.command + "\n";
    text += "```\n";
    const auto params = param_table(command->params, Param::Kind::positional) +
                        param_table(command->params, Param::Kind::flag);
    if (!params.empty()) text += "\n```\n" + params + "```\n";
  }
  return text;
}

}  // namespace dpctl::cli
