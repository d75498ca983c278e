#include <doctest/doctest.h>

#include <set>

#include "cli/app/command.hpp"
#include "cli/app/exit_code.hpp"
#include "cli/app/globals.hpp"
#include "cli/app/parse.hpp"
#include "lib/base/strings.hpp"

using namespace dpctl;
using namespace dpctl::cli;

TEST_CASE("every command has a summary without a full stop and an example that parses") {
  for (const Command* command : commands()) {
    CAPTURE(command->path);
    CHECK(!command->summary.empty());
    CHECK(command->summary.back() != '.');
    CHECK(!command->examples.empty());
    for (const auto& example : command->examples) {
      if (!example.command.starts_with("dpctl ") ||
          example.command.find_first_of("|<>\"") != std::string::npos)
        continue;
      std::vector<std::string> words;
      for (const auto word : split(example.command, ' ')) words.emplace_back(word);
      words.erase(words.begin());
      const auto parsed = parse(words);
      CHECK_MESSAGE(parsed, example.command);
      if (parsed) CHECK(parsed->command == command);
    }
  }
}

TEST_CASE("no command has two flags of one name, and none hides a global flag but by a short name of Helm's") {
  const std::set<std::string> helms{"chart template -s"};
  for (const Command* command : commands()) {
    std::set<std::string> names;
    for (const auto* params : {&global_params(), &command->params})
      for (const auto& param : *params)
        for (const auto name : split(param.names, ',')) {
          const auto told = command->path + " " + std::string(name);
          CHECK_MESSAGE((names.emplace(name).second || helms.count(told) == 1), told);
        }
  }
}

TEST_CASE("each code of an error has its own exit status") {
  const Code codes[] = {Code::failed,   Code::usage,     Code::denied,    Code::not_found,
                        Code::conflict, Code::unhealthy, Code::timed_out, Code::interrupted};
  const int statuses[] = {1, 2, 4, 5, 6, 7, 124, 130};
  for (std::size_t i = 0; i < std::size(codes); ++i)
    CHECK(static_cast<int>(exit_code_of(codes[i])) == statuses[i]);
}
