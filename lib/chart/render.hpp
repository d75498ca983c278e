#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/objects.hpp"
#include "lib/chart/post_render.hpp"
#include "lib/chart/text/exec.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {

/// What the templates are told beside the values.
struct RenderOptions {
  std::string release = "release-name";
  std::string ns = "default";
  int revision = 1;
  bool is_upgrade = false;  ///< else it is an install
  Capabilities capabilities = Capabilities::defaults();
  Lookup* lookup = nullptr;  ///< answers `lookup`; without it every lookup is empty
  bool skip_schema = false;
  bool subchart_notes = false;
  bool lint = false;
  std::chrono::seconds clock_shift{0};  ///< added to what `now` says
  Limits limits{};
  PostRender post_render{};  ///< what a user's program makes of the documents; empty: they stay as they are
};

/// One document of the rendered chart.
struct Manifest {
  std::string path;  ///< "chart/templates/web.yaml"
  std::string content;
  std::string api_version{}, kind{}, name{};
};

/// A document with the annotation helm.sh/hook.
struct Hook {
  std::string name{}, kind{}, path{}, manifest{};
  std::vector<std::string> events{};  ///< "pre-install", "test", …
  int weight = 0;
  std::vector<std::string> delete_policies{};  ///< "before-hook-creation", "hook-succeeded", "hook-failed"
  std::vector<std::string> output_log_policies{};
  // The last run, RFC 3339; empty before the first one.
  std::string started_at{}, completed_at{}, phase{};
};

struct Rendered {
  std::shared_ptr<const Chart> chart{};  ///< with the dependencies that took part
  Value values{};                        ///< coalesced
  std::vector<Manifest> manifests{};     ///< in Helm's order of installation
  std::vector<Hook> hooks{};             ///< by kind, weight and name
  std::string notes{};
  Warnings warnings{};
  std::shared_ptr<const void> work{};  ///< what it was made of, which takes a while to free

  /// The manifests as one text: "---\n# Source: path\ncontent\n" each.
  [[nodiscard]] std::string manifest_text() const;
  /// As `helm template` writes it: CRDs when asked for, manifests, then hooks.
  [[nodiscard]] std::string template_text(bool include_crds = false) const;
};

/// Renders the chart as Helm 4.1.4 does. `values` are the user's (merge_flags); the chart is not changed.
/// Blocks only in `lookup` and `post_render`. A template's error is Code::failed with file, line and column,
/// and Helm's own text.
Result<Rendered> render(const Chart& chart, const Value& values, const RenderOptions& options);

/// Every file by path, before it is cut into documents: what `render` starts from, and what lint and blame
/// read.
struct RenderedFile {
  std::string path;
  std::string content;
};

/// The files of a chart whose dependencies are processed, with `values` coalesced; the schemas are checked
/// first. In the order of execution, NOTES.txt and empty ones included.
Result<std::vector<RenderedFile>> render_files(const Chart& processed, const Value& values,
                                               const RenderOptions& options);

}  // namespace dpctl::chart
