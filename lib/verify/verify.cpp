#include "lib/verify/verify.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <future>

namespace dpctl::verify {
namespace {

using plan::Context;
using plan::Finding;
using Level = plan::Finding::Level;

constexpr std::array<std::string_view, 4> kServices{"normalization", "enrichment", "aggregation",
                                                    "projection"};

std::string service_name(std::string_view service) { return fmt::format("{}-service", service); }

std::string failing_checks(const Json& health) {
  std::string text;
  for (const auto& [name, check] : object_at(health, "checks").items())
    if (string_at(check, "status") != "healthy")
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", name,
                          string_at(check, "description", "not healthy"));
  return text;
}

Finding check(Context& context, std::string_view service) {
  const auto& ns = context.environment.ns;
  const std::string name = service_name(service);
  const std::string path = fmt::format("/api/v1/namespaces/{}/services/http:{}:8080/proxy/health", ns, name);
  Finding finding{.check = fmt::format("service/{}", name)};
  const auto answer =
      context.cluster.get_raw(path, context.deadline.at_most(std::chrono::seconds(10)), context.stop);
  if (!answer) {
    finding.level = Level::failed;
    finding.text = one_line(answer.error());
    finding.hints.push_back(fmt::format("dpctl status; kubectl logs deployment/{} -n {}", name, ns));
    return finding;
  }
  const bool healthy = bool_at(*answer, "healthy");
  finding.level = healthy ? Level::ok : Level::failed;
  finding.text =
      healthy ? fmt::format("healthy, {} checks", int_at(*answer, "total_checks")) : failing_checks(*answer);
  return finding;
}

class VerifyStep final : public plan::Step {
 public:
  [[nodiscard]] std::string_view name() const override { return "verify"; }
  [[nodiscard]] std::vector<std::string_view> needs() const override { return {"deploy"}; }
  Result<plan::StepPlan> plan(Context&, plan::Goal) override { return plan::StepPlan{.step = "verify"}; }
  Result<void> apply(Context&, const plan::StepPlan&, plan::Goal) override { return {}; }

  Result<std::vector<Finding>> verify(Context& context) override {
    std::vector<std::future<Finding>> checks;
    for (const auto service : kServices)
      checks.push_back(
          std::async(std::launch::async, [&context, service] { return check(context, service); }));
    std::vector<Finding> findings;
    for (auto& pending : checks) findings.push_back(pending.get());
    return findings;
  }
};

}  // namespace

std::unique_ptr<plan::Step> make_step() { return std::make_unique<VerifyStep>(); }

}  // namespace dpctl::verify
