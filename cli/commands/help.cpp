#include "cli/app/help.hpp"

#include "cli/app/completers.hpp"
#include "cli/app/parse.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  bool markdown = false;
};

Result<ExitCode> run(const Options& options, Env& env) {
  const Terminal& terminal = env.world().out_terminal;
  const std::string path = join(options.words, " ");
  std::string text;
  if (options.markdown)
    text = reference_markdown();
  else if (path.empty())
    text = help_overview(terminal);
  else if (const Command* command = find_command(path); command != nullptr)
    text = help_command(*command, terminal);
  else if (is_group(path))
    text = help_group(path, terminal);
  else
    text = help_topic(path);
  if (text.empty()) {
    auto known = help_topics();
    for (const Command* command : commands()) known.push_back(command->path);
    auto failure = fail(Code::usage, "no help on \"{}\"", path);
    if (auto near = did_you_mean(path, known); !near.empty()) return std::move(failure).hint("{}", near);
    return std::move(failure).hint("'dpctl help' lists commands and topics");
  }
  env.print_text(text);
  return ExitCode::ok;
}

}  // namespace

constinit const Row kHelp("help", [] {
  return command<Options>()
      .summary("Help on a command or a topic")
      .example("The flags of one command", "dpctl help up")
      .example("What the exit codes mean", "dpctl help exit-codes")
      .argument("TOPIC", &Options::words, "words of a command, or a topic", complete::topics, false)
      .flag("--markdown", &Options::markdown, "the reference of all commands as Markdown")
      .run(run);
});

}  // namespace dpctl::cli
