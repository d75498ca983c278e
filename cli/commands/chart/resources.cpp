#include "cli/commands/chart/resources.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/output/printer.hpp"
#include "lib/deploy/release_chart.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

/// Objects under one heading: "v1/ConfigMap", "v1/Pod(related)".
struct Group {
  std::string heading;
  std::vector<kube::ObjectRef> refs;
};

void add(std::vector<Group>& groups, const std::string& heading, const kube::ObjectRef& ref) {
  auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& one) { return one.heading == heading; });
  if (group == groups.end()) group = groups.insert(group, {heading, {}});
  if (std::find(group->refs.begin(), group->refs.end(), ref) == group->refs.end()) group->refs.push_back(ref);
}

/// "app=web,tier=front" of a workload's matchLabels; empty when it selects no pods like this.
std::string selector_of(const Json& object) {
  std::string selector;
  for (const auto& [key, value] : object_at(object, "spec.selector.matchLabels").items())
    if (value.is_string())
      selector += fmt::format("{}{}={}", selector.empty() ? "" : ",", key, value.get<std::string>());
  return selector;
}

Result<void> add_pods(kube::Cluster& cluster, const Json& object, Env& env, std::vector<Group>& groups) {
  const auto selector = selector_of(object);
  if (selector.empty()) return {};
  const auto pod = kube::gvk_from("v1", "Pod");
  DPCTL_TRY(const auto list, cluster.list(pod, string_at(object, "metadata.namespace"),
                                          {.label_selector = selector, .metadata_only = true}, env.deadline(),
                                          env.stop()));
  for (const auto& item : array_at(list, "items"))
    add(groups, "v1/Pod(related)",
        {pod, string_at(item, "metadata.namespace"), string_at(item, "metadata.name")});
  return {};
}

std::string cell_text(const Json& cell) { return cell.is_string() ? cell.get<std::string>() : dump_json(cell); }

/// One table of the rows of all, with the columns that are not for `-o wide`.
std::string table_text(const Json& tables) {
  View view;
  std::vector<std::size_t> shown;
  const Json& columns = array_at(tables.front(), "columnDefinitions");
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (int_at(columns[i], "priority") == 0) {
      auto name = string_at(columns[i], "name");
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      });
      view.columns.push_back(name);
      shown.push_back(i);
    }
  for (const auto& table : tables)
    for (const auto& row : array_at(table, "rows")) {
      const Json& cells = array_at(row, "cells");
      auto& line = view.rows.emplace_back();
      for (const auto i : shown) line.push_back(i < cells.size() ? cell_text(cells[i]) : "");
    }
  return render_table(view);
}

/// The manifest's objects by kind, and the pods that belong to them.
Result<std::vector<Group>> groups_of(kube::Cluster& cluster, const chart::Release& release, Env& env) {
  plan::Environment environment;
  environment.ns = release.ns;
  plan::Context context{.environment = environment,
                        .cluster = cluster,
                        .variables = {},
                        .events = env.events(),
                        .deadline = env.deadline(),
                        .stop = env.stop()};
  DPCTL_TRY(const auto objects, deploy::objects_of(context, release.manifest, release.name));
  std::vector<Group> groups;
  for (const auto& object : objects) {
    const auto ref = kube::ref_of(object);
    add(groups, ref.gvk.api_version() + "/" + ref.gvk.kind, ref);
    DPCTL_CHECK(add_pods(cluster, object, env, groups));
  }
  return groups;
}

}  // namespace

Result<Resources> resources_of(const chart::Release& release, bool objects, Env& env) {
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  DPCTL_TRY(const auto groups, groups_of(*cluster, release, env));
  std::vector<kube::ObjectRef> refs;
  for (const auto& group : groups) refs.insert(refs.end(), group.refs.begin(), group.refs.end());
  auto answers = objects ? cluster->get_all(refs, env.deadline(), env.stop())
                         : cluster->tables(refs, env.deadline(), env.stop());
  Resources resources;
  if (objects) resources.objects = std::make_shared<Json>(Json::object());
  std::size_t at = 0;
  for (const auto& group : groups) {
    Json found = Json::array();
    for (std::size_t i = 0; i < group.refs.size(); ++i, ++at) {
      if (answers[at])
        found.push_back(*std::move(answers[at]));
      else if (answers[at].error().code != Code::not_found)
        return fail(std::move(answers[at]).error());
    }
    if (found.empty()) continue;
    if (objects)
      (*resources.objects)[group.heading] = std::move(found);
    else
      resources.text += fmt::format("==> {}\n{}\n", group.heading, table_text(found));
  }
  return resources;
}

void mask(Resources& resources) {
  if (resources.objects == nullptr) return;
  for (auto& [heading, objects] : resources.objects->items())
    for (auto& object : objects)
      if (string_at(object, "kind") == "Secret" && object.contains("data"))
        for (auto& [key, value] : object["data"].items()) value = "***";
}

}  // namespace dpctl::cli
