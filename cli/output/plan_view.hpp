#pragma once

#include <string>
#include <vector>

#include "cli/output/view.hpp"
#include "lib/plan/executor.hpp"

namespace dpctl::cli {

/// A plan for a person: step by step, object by object, with the fields that change. JSON: kind Plan.
View view_of_plan(const plan::Plan& plan, bool done);

using StepFindings = std::vector<std::pair<std::string, std::vector<plan::Finding>>>;
/// What the checks found, as a table. JSON: kind Verification.
View view_of_findings(const StepFindings& findings);
bool all_hold(const StepFindings& findings);

}  // namespace dpctl::cli
