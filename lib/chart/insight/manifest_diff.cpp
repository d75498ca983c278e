#include "lib/chart/insight/manifest_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/text_diff.hpp"

namespace dpctl::chart {
namespace {

struct Document {
  std::string object, text;
};

std::string text_at(const Value& map, std::string_view key) {
  const auto* value = map.find(key);
  return value == nullptr || value->is_nil() ? "" : print(*value);
}

std::string name_of(const Value& head) {
  static const Value nothing = Value::map();
  const auto* found = head.find("metadata");
  const Value& metadata = found == nullptr ? nothing : *found;
  const auto ns = text_at(metadata, "namespace");
  return fmt::format("{}{}/{}", ns.empty() ? "" : ns + "/", to_lower(text_at(head, "kind")),
                     text_at(metadata, "name"));
}

/// What a Secret holds, as size and digest: enough to see that it changes.
Value hidden(const Value& secret) {
  const Value shown = deep_copy(secret);
  for (const char* field : {"data", "stringData"}) {
    const auto* held = shown.find(field);
    if (held == nullptr || !held->is_map()) continue;
    for (auto& entry : held->as_map().entries) {
      const auto text = print(entry.value);
      entry.value =
          Value::string(fmt::format("{} bytes, sha256 {}", text.size(), sha256_hex(text).substr(0, 12)));
    }
  }
  return shown;
}

Result<std::vector<Document>> documents_of(std::string_view manifest, bool show_secrets) {
  std::vector<Document> documents;
  for (const auto text : split_documents(manifest)) {
    DPCTL_TRY(const auto value, from_yaml(text, "the manifest"));
    if (!value.is_map()) continue;
    const bool hide = !show_secrets && text_at(value, "kind") == "Secret";
    documents.push_back(
        {name_of(value), hide ? to_yaml(hidden(value)) : std::string(trim_spaces(text)) + "\n"});
  }
  return documents;
}

/// The line that says which file it came from is no part of the object.
std::string without_source(const std::string& text) {
  return text.starts_with("# Source: ") ? text.substr(text.find('\n') + 1) : text;
}

}  // namespace

Result<std::vector<ObjectDifference>> diff_manifests(std::string_view before, std::string_view after,
                                                     const ManifestDiffOptions& options) {
  DPCTL_TRY(const auto old_documents, documents_of(before, options.show_secrets));
  DPCTL_TRY(const auto new_documents, documents_of(after, options.show_secrets));
  std::map<std::string, std::string> old;
  for (const auto& document : old_documents) old[document.object] = without_source(document.text);
  std::vector<ObjectDifference> differences;
  const auto add = [&](ObjectDifference::Kind kind, const std::string& object, const std::string& from,
                       const std::string& to) {
    auto text =
        text_diff(from, to, {.before_name = object, .after_name = object, .context = options.context});
    if (!text.empty()) differences.push_back({kind, object, std::move(text)});
  };
  for (const auto& document : new_documents) {
    const auto was = old.find(document.object);
    const bool known = was != old.end();
    add(known ? ObjectDifference::Kind::changed : ObjectDifference::Kind::added, document.object,
        known ? was->second : "", without_source(document.text));
    if (known) old.erase(was);
  }
  for (const auto& document : old_documents)
    if (const auto left = old.find(document.object); left != old.end()) {
      add(ObjectDifference::Kind::removed, document.object, left->second, "");
      old.erase(left);
    }
  return differences;
}

}  // namespace dpctl::chart
