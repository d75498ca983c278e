#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "lib/chart/text/ast.hpp"

namespace dpctl::chart {

/// Reads a template text once: "template: name:line: why" when it is not one. Functions are bound here, by
/// name.
Result<std::shared_ptr<const Source>> parse(std::string name, std::string text);

/// The same for the engine's own use: throws TemplateError.
std::shared_ptr<const Source> parse_or_throw(std::string name, std::string text);

/// The same of a text that `keeper` keeps alive. Texts that are parsed one after the other may share the
/// place of their nodes.
std::shared_ptr<const Source> parse_or_throw(std::string name, std::string_view text,
                                             std::shared_ptr<const void> keeper,
                                             std::shared_ptr<NodeArena> arena);

/// What parsing the same text under another name gives, without parsing it; nullptr when a define of the text
/// has one of the two names, because that decides which tree wins.
std::shared_ptr<const Source> renamed(const Source& source, std::string name);

}  // namespace dpctl::chart
