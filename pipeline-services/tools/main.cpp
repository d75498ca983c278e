// main.cpp: `pipeline`, the tool beside the four services. Its verbs are a table; a new one is a file and a
// row.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "pipeline-services/tools/verb.hpp"

int main(int argc, char** argv) {
  using namespace dpctl::pipeline;
  const Verb verbs[]{feed_verb(),      run_verb(),     topics_verb(), dlq_verb(),      read_verb(),
                     report_verb(),    compare_verb(), config_verb(), backfill_verb(), curves_verb(),
                     reprocess_verb(), verify_verb(),  tickgen_verb()};
  CLI::App app("Market prices: published files to bars, with or without a cluster.", "pipeline");
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 1 failed, 2 wrong usage, 7 a check says no.\n\"pipeline VERB --help\" explains a "
      "verb.");
  int status = kOk;
  for (const auto& verb : verbs) {
    CLI::App* sub = app.add_subcommand(std::string(verb.name), std::string(verb.summary));
    sub->callback([run = verb.declare(*sub), &status] { status = run(); });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kOk : kUsage;
  }
  return status;
}
