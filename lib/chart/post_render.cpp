#include "lib/chart/post_render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lib/base/strings.hpp"
#include "lib/chart/functions/path.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

constexpr std::string_view kFileName = "postrenderer.helm.sh/postrender-filename";

void append(std::string& stream, const Value& document) {
  if (!stream.empty()) stream += "---\n";
  stream += to_yaml(document);
}

Result<void> annotate(const Value& document, const std::string& path) {
  Value within = document;
  for (const auto* field : {"metadata", "annotations"}) {
    const auto* inner = within.find(field);
    if (inner == nullptr || inner->is_nil()) within.as_map().set(field, Value::map());
    inner = within.find(field);
    if (!inner->is_map()) return fail(Code::failed, "{} of a document in {} is no map", field, path);
    within = Value(*inner);
  }
  within.as_map().set(kFileName, Value::string(path));
  return {};
}

/// All documents in the order of their files' names, each with the name of its file.
Result<std::string> merged(std::vector<RenderedFile> files) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  std::string stream;
  for (const auto& file : files) {
    if (base_of(file.path).starts_with('_')) continue;
    for (const auto text : split_documents(file.content)) {
      DPCTL_TRY(const auto document, from_yaml(text, file.path, NumberKinds::integers));
      if (document.is_nil()) continue;  // comments alone
      if (!document.is_map())
        return fail(Code::failed, "a document in {} is no object, and a post-renderer takes only objects",
                    file.path);
      DPCTL_CHECK(annotate(document, file.path));
      append(stream, document);
    }
  }
  return stream;
}

/// Takes the name of the file out of the document; empty when there is none.
std::string take_file_name(const Value& document) {
  const auto* metadata = document.find("metadata");
  const auto* annotations =
      metadata == nullptr || !metadata->is_map() ? nullptr : metadata->find("annotations");
  if (annotations == nullptr || !annotations->is_map()) return "";
  const auto* name = annotations->find(kFileName);
  if (name == nullptr || !name->is_string()) return "";
  std::string path(name->as_string());
  annotations->as_map().erase(kFileName);
  if (annotations->as_map().entries.empty()) metadata->as_map().erase("annotations");
  return path;
}

Result<std::vector<RenderedFile>> cut(std::string_view stream) {
  std::map<std::string, std::string> contents;
  std::size_t number = 0;
  for (const auto text : split_documents(stream)) {
    DPCTL_TRY(const auto document, from_yaml(text, "the post-renderer's output", NumberKinds::integers));
    if (document.is_nil()) continue;
    if (!document.is_map())
      return fail(Code::failed, "document {} of the post-renderer's output is no object", number + 1);
    auto path = take_file_name(document);
    if (path.empty()) path = fmt::format("generated-by-postrender-{}.yaml", number);
    append(contents[path], document);
    ++number;
  }
  std::vector<RenderedFile> files;
  for (auto& [path, content] : contents) files.push_back({path, std::move(content)});
  return files;
}

}  // namespace

Result<std::vector<RenderedFile>> post_rendered(std::vector<RenderedFile> files,
                                                const PostRender& post_render) {
  DPCTL_TRY(const auto stream, merged(std::move(files)));
  DPCTL_TRY(const auto made, post_render(stream));
  DPCTL_TRY(auto cut_files, cut(made));
  if (cut_files.empty()) return fail(Code::failed, "the post-renderer returned no objects");
  return cut_files;
}

}  // namespace dpctl::chart
