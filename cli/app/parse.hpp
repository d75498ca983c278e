#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/app/command.hpp"
#include "cli/app/globals.hpp"

namespace dpctl::cli {

/// A command line, understood.
struct Invocation {
  const Command* command = nullptr;  ///< nullptr: no command was named
  std::string group;                 ///< the words that name a group when `command` is nullptr: "migrate"
  Globals globals{};
  std::shared_ptr<void> options{};
};

/// Finds the command (its words may stand before, between or after global flags) and reads its flags with
/// CLI11. Errors are Code::usage: an unknown command or flag comes with the nearest known one.
Result<Invocation> parse(std::span<const std::string> arguments);

/// Where the words of a command end: the longest path of the table that the non-flag words begin with.
struct CommandWords {
  const Command* command = nullptr;
  std::string path;                    ///< matched so far: a command's path, or a group's
  std::vector<std::size_t> positions;  ///< of those words in the arguments
};
CommandWords command_words(std::span<const std::string> arguments);

}  // namespace dpctl::cli
