#include "lib/deploy/chart_crds.hpp"

#include <nlohmann/json.hpp>

#include "lib/data/yaml.hpp"

namespace dpctl::deploy {

Result<std::vector<Json>> missing_crds(plan::Context& context, const chart::Chart& chart) {
  std::vector<Json> all, missing;
  std::vector<kube::ObjectRef> refs;
  for (const auto& crd : chart::crds_of(chart)) {
    DPCTL_TRY(auto documents, yaml::decode_all(crd.file->data, crd.path));
    for (auto& document : documents) {
      if (document.is_null()) continue;
      refs.push_back(kube::ref_of(document));
      all.push_back(std::move(document));
    }
  }
  const auto live = context.cluster.get_all(refs, context.deadline, context.stop);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (live[i]) continue;
    if (live[i].error().code != Code::not_found) return fail(live[i].error());
    missing.push_back(std::move(all[i]));
  }
  return missing;
}

void add_kinds(std::span<const Json> crds, chart::Capabilities& capabilities) {
  for (const auto& crd : crds)
    for (const auto& version : array_at(crd, "spec.versions")) {
      const auto api_version = string_at(crd, "spec.group") + "/" + string_at(version, "name");
      capabilities.api_versions.push_back(api_version);
      capabilities.api_versions.push_back(api_version + "/" + string_at(crd, "spec.names.kind"));
    }
}

void place_by(std::span<const Json> crds, const std::string& ns, std::vector<Json>& objects) {
  for (auto& object : objects) {
    if (!string_at(object, "metadata.namespace").empty()) continue;
    const auto gvk = kube::gvk_of(object);
    for (const auto& crd : crds)
      if (string_at(crd, "spec.scope") == "Namespaced" && string_at(crd, "spec.group") == gvk.group &&
          string_at(crd, "spec.names.kind") == gvk.kind)
        object["metadata"]["namespace"] = ns;
  }
}

}  // namespace dpctl::deploy
