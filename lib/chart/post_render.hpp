#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::chart {

struct RenderedFile;

/// What a user's program makes of all rendered documents, hooks among them: a YAML stream in, one out. May
/// block.
using PostRender = std::function<Result<std::string>(const std::string& documents)>;

/// The files that `post_render` makes of these, as Helm 4 cuts them (pkg/action/action.go, annotateAndMerge
/// and splitAndDeannotate): every document travels with the annotation
/// postrenderer.helm.sh/postrender-filename, by which it finds its file again; those without one become
/// generated-by-postrender-N.yaml. Documents are written anew, so their comments go. Files whose name begins
/// with "_" and empty ones are left out. An error when a document is no object, or when nothing comes back.
Result<std::vector<RenderedFile>> post_rendered(std::vector<RenderedFile> files,
                                                const PostRender& post_render);

}  // namespace dpctl::chart
