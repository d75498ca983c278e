#pragma once

#include <string>
#include <string_view>

#include "cli/app/env.hpp"

namespace dpctl::cli {

/// Text from servers and files, safe for a terminal: control characters other than line breaks and tabs
/// become \xNN (cli-runtime printers/terminal.go does the same for ESC and CR).
std::string safe_text(std::string_view text);

enum class Paint { red, yellow, green, bold, dim };
/// Colours `text` when the terminal shows colour; meaning is never by colour alone.
std::string paint(const Terminal& terminal, Paint how, std::string_view text);

/// Columns a text takes on a terminal: code points, wide East Asian ones twice, combining ones not at all.
std::size_t display_width(std::string_view text);

}  // namespace dpctl::cli
