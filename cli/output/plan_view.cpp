#include "cli/output/plan_view.hpp"

#include <nlohmann/json.hpp>

#include "cli/output/text.hpp"

namespace dpctl::cli {
namespace {

constexpr std::size_t kFieldsShown = 12;

char sign_of(plan::Change::Verb verb) {
  switch (verb) {
    case plan::Change::Verb::create: return '+';
    case plan::Change::Verb::configure: return '~';
    case plan::Change::Verb::remove: return '-';
    case plan::Change::Verb::run: return '!';
  }
  return ' ';
}

std::string clipped(const std::string& text) { return text.size() <= 70 ? text : text.substr(0, 67) + "..."; }

std::string change_text(const plan::Change& change) {
  std::string text = fmt::format("  {} {}", sign_of(change.verb), change.object);
  if (!change.ns.empty()) text += fmt::format(" -n {}", change.ns);
  if (!change.reason.empty()) text += fmt::format("  ({})", change.reason);
  for (const auto& mark : change.marks) text += fmt::format("  [{}]", mark);
  text += "\n";
  std::size_t shown = 0;
  for (const auto& field : change.fields) {
    if (++shown > kFieldsShown) break;
    text += fmt::format("      {}: {} -> {}\n", field.path,
                        field.before.empty() ? "<none>" : clipped(field.before),
                        field.after.empty() ? "<none>" : clipped(field.after));
  }
  if (change.fields.size() > kFieldsShown)
    text += fmt::format("      and {} more fields\n", change.fields.size() - kFieldsShown);
  return text;
}

// A step that has neither changes nor objects (it only verifies) is not worth a line.
std::string heading_of(const plan::StepPlan& step) {
  if (step.empty() && step.unchanged == 0) return "";
  std::string text =
      step.empty() ? fmt::format("{}: nothing to do", step.step) : fmt::format("{}:", step.step);
  if (step.unchanged > 0) text += fmt::format(" ({} unchanged)", step.unchanged);
  return text + "\n";
}

Json change_json(const plan::Change& change) {
  Json fields = Json::array();
  for (const auto& field : change.fields)
    fields.push_back({{"path", field.path},
                      {"before", field.before.empty() ? Json() : Json(field.before)},
                      {"after", field.after.empty() ? Json() : Json(field.after)}});
  return {{"verb", plan::name_of(change.verb)},
          {"object", change.object},
          {"namespace", change.ns.empty() ? Json() : Json(change.ns)},
          {"reason", change.reason.empty() ? Json() : Json(change.reason)},
          {"marks", change.marks},
          {"fence", change.fence.empty() ? Json() : Json(change.fence)},
          {"fields", std::move(fields)}};
}

std::string_view name_of(plan::Finding::Level level) {
  return level == plan::Finding::Level::ok        ? "ok"
         : level == plan::Finding::Level::warning ? "warning"
                                                  : "failed";
}

}  // namespace

View view_of_plan(const plan::Plan& plan, bool done) {
  View view;
  Json steps = Json::array();
  std::size_t unchanged = 0;
  for (const auto& step : plan.steps) {
    unchanged += step.unchanged;
    view.text += heading_of(step);
    Json changes = Json::array();
    for (const auto& change : step.changes) {
      view.text += safe_text(change_text(change));
      view.names.push_back(change.object);
      changes.push_back(change_json(change));
    }
    steps.push_back({{"name", step.step}, {"changes", std::move(changes)}, {"unchanged", step.unchanged}});
  }
  view.text +=
      fmt::format("\n{} {}, {} unchanged\n", plan.changes(), done ? "changed" : "to change", unchanged);
  view.document =
      std::make_shared<const Json>(Json{{"apiVersion", "dpctl/v1"},
                                        {"kind", "Plan"},
                                        {"goal", plan.goal == plan::Goal::present ? "present" : "absent"},
                                        {"done", done},
                                        {"digest", plan.digest()},
                                        {"changes", plan.changes()},
                                        {"steps", std::move(steps)}});
  return view;
}

bool all_hold(const StepFindings& findings) {
  for (const auto& [step, list] : findings)
    for (const auto& finding : list)
      if (finding.level == plan::Finding::Level::failed) return false;
  return true;
}

View view_of_findings(const StepFindings& findings) {
  View view{.columns = {"STEP", "CHECK", "STATE", "DETAIL"}};
  Json items = Json::array();
  std::vector<std::string> hints;
  for (const auto& [step, list] : findings)
    for (const auto& finding : list) {
      view.rows.push_back({step, finding.check, std::string(name_of(finding.level)), finding.text});
      if (finding.level != plan::Finding::Level::ok) view.names.push_back(finding.check);
      for (const auto& hint : finding.hints) hints.push_back("hint: " + hint);
      items.push_back({{"step", step},
                       {"check", finding.check},
                       {"state", name_of(finding.level)},
                       {"detail", finding.text.empty() ? Json() : Json(finding.text)},
                       {"hints", finding.hints}});
    }
  for (const auto& hint : hints) view.footer += (view.footer.empty() ? "" : "\n") + hint;
  view.document = std::make_shared<const Json>(Json{{"apiVersion", "dpctl/v1"},
                                                    {"kind", "Verification"},
                                                    {"healthy", all_hold(findings)},
                                                    {"checks", std::move(items)}});
  return view;
}

}  // namespace dpctl::cli
