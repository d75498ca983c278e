#pragma once

#include <string>
#include <string_view>

#include "cli/app/command.hpp"
#include "cli/app/env.hpp"

namespace dpctl::cli {

/// `dpctl help`: what it is, the commands by group, where to go on.
std::string help_overview(const Terminal&);
/// One command: examples first, then text, arguments and flags.
std::string help_command(const Command&, const Terminal&);
/// The commands of a group ("migrate").
std::string help_group(std::string_view group, const Terminal&);
/// A topic ("exit-codes", "environment", "output"); empty when there is none of that name.
std::string help_topic(std::string_view topic);
std::vector<std::string> help_topics();

/// docs/commands.md: every command of the table. A test compares the file with this text.
std::string reference_markdown();

}  // namespace dpctl::cli
