#include "cli/app/record_kind.hpp"

namespace dpctl::cli {

Result<kube::PayloadKind> record_kind(const Env& env) {
  const auto driver = env.variable("HELM_DRIVER");
  if (driver.empty() || driver == "secret" || driver == "secrets") return kube::PayloadKind::secret;
  if (driver == "configmap" || driver == "configmaps") return kube::PayloadKind::config_map;
  return fail(Code::usage, "HELM_DRIVER={}: dpctl keeps release records in Secrets or ConfigMaps", driver)
      .hint("set it to secret or configmap, or leave it out");
}

}  // namespace dpctl::cli
