#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/objects.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

enum class Severity { info, warning, error };

/// One thing that lint has to say.
struct Finding {
  Severity severity;
  std::string path;  ///< "Chart.yaml", "templates/web.yaml"; the chart's folder for what is about all of it
  std::string text;

  /// "[WARNING] templates/web.yaml: …", as Helm prints it.
  [[nodiscard]] std::string line() const;
};
using Findings = std::vector<Finding>;

struct LintOptions {
  std::string ns = "default";
  Value values = Value::map();  ///< the user's
  Capabilities capabilities = Capabilities::defaults();
  bool skip_schema = false;
};

/// Examines the chart in a folder by the rules of Helm 4.1.4's lint, in its order. A folder without
/// Chart.yaml is an error of the call; whatever is wrong with the chart is a finding.
Result<Findings> lint(const std::string& folder, const LintOptions& options);

// What lint is made of: each part adds what it finds.
void lint_templates(const std::string& folder, const LintOptions& options, Findings& findings);
void lint_crds(const std::string& folder, Findings& findings);

}  // namespace dpctl::chart
