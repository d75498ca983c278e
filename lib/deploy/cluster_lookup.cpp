#include "lib/deploy/cluster_lookup.hpp"

#include <nlohmann/json.hpp>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::deploy {

chart::Value ClusterLookup::lookup(std::string_view api_version, std::string_view kind, std::string_view ns,
                                   std::string_view name) {
  const auto gvk = kube::gvk_from(api_version, kind);
  const auto found = name.empty() ? cluster_.list(gvk, ns, {}, deadline_, stop_)
                                  : cluster_.get({gvk, std::string(ns), std::string(name)}, deadline_, stop_);
  if (!found && found.error().code == Code::not_found) return chart::Value::map();
  if (!found) chart::throw_error(one_line(found.error()));
  auto value = chart::from_json(dump_json(*found));  // every number a float64, as in Helm
  if (!value) chart::throw_error(one_line(value.error()));
  return *std::move(value);
}

}  // namespace dpctl::deploy
