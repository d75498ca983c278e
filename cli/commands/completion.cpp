#include "cli/app/complete.hpp"

#include "cli/commands/table.hpp"
#include "dpctl_cli_files.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string shell;
};

Result<ExitCode> run(const Options& options, Env& env) {
  for (const auto& file : files::embedded_files())
    if (file.path == "completions/dpctl." + options.shell) {
      env.print_text(file.bytes);
      return ExitCode::ok;
    }
  return fail(Code::usage, "no completion for \"{}\"", options.shell).hint("one of: bash, fish, zsh");
}

struct Words {
  std::vector<std::string> words;
};

Result<ExitCode> answer(const Words& words, Env& env) {
  env.print_text(complete_words(env, words.words));
  return ExitCode::ok;
}

std::vector<Candidate> shells(Env&, std::string_view) { return {{"bash", ""}, {"fish", ""}, {"zsh", ""}}; }

}  // namespace

constinit const Row kCompletion("completion", [] {
  return command<Options>()
      .summary("Print the completion script of a shell")
      .describe("The script is a few lines that ask dpctl itself (the protocol of kubectl and helm).")
      .example("bash, for this session", "source <(dpctl completion bash)")
      .example("zsh, for good", "dpctl completion zsh > \"${fpath[1]}/_dpctl\"")
      .example("fish, for good", "dpctl completion fish > ~/.config/fish/completions/dpctl.fish")
      .argument("SHELL", &Options::shell, "bash, fish or zsh", shells)
      .run(run);
});

constinit const Row kComplete("__complete", [] {
  return command<Words>()
      .summary("Answer a shell's question for completion")
      .example("What may follow 'dpctl mi'", "dpctl __complete mi")
      .stability(Stability::hidden)
      .argument("WORD", &Words::words, "the words typed so far; the last may be empty", nullptr, false)
      .run(answer);
});

}  // namespace dpctl::cli
