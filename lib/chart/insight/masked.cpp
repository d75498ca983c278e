#include "lib/chart/insight/masked.hpp"

#include <vector>

#include "lib/base/strings.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

/// The text up to each line that separates documents, that line first.
std::vector<std::string_view> pieces_of(std::string_view manifest) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (auto at = manifest.find("\n---"); at != std::string_view::npos; at = manifest.find("\n---", at + 1)) {
    pieces.push_back(manifest.substr(begin, at + 1 - begin));
    begin = at + 1;
  }
  pieces.push_back(manifest.substr(begin));
  return pieces;
}

/// Separator and comments at the beginning of a document.
std::string_view head_of(std::string_view document) {
  std::size_t end = 0;
  while (document.substr(end).starts_with("---") || document.substr(end).starts_with("#")) {
    const auto line = document.find('\n', end);
    if (line == std::string_view::npos) return document;
    end = line + 1;
  }
  return document.substr(0, end);
}

std::string masked(std::string_view document) {
  const auto head = head_of(document);
  const auto value = from_yaml(document.substr(head.size()), "the manifest");
  if (!value) return std::string(head) + "# cannot be read, and may be a Secret\n";
  const auto* kind = value->find("kind");
  if (kind == nullptr || print(*kind) != "Secret") return std::string(document);
  const Value shown = deep_copy(*value);
  for (const char* field : {"data", "stringData"})
    if (const auto* held = shown.find(field); held != nullptr && held->is_map())
      for (auto& entry : held->as_map().entries) entry.value = Value::string("***");
  return std::string(head) + to_yaml(shown);
}

}  // namespace

std::string mask_secrets(std::string_view manifest) {
  std::string text;
  for (const auto document : pieces_of(manifest)) {
    const bool may_be = document.find("Secret") != std::string_view::npos;
    text += may_be ? masked(document) : std::string(document);
  }
  return text;
}

}  // namespace dpctl::chart
