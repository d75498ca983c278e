#include "cli/app/completers.hpp"

#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/app/help.hpp"
#include "lib/base/file.hpp"
#include "lib/data/yaml.hpp"
#include "lib/kube/cluster.hpp"
#include "lib/plan/environment.hpp"

namespace dpctl::cli::complete {

std::vector<Candidate> contexts(Env& env, std::string_view) {
  std::vector<Candidate> found;
  for (const auto& path : env.connection_options().kubeconfig) {
    const auto text = read_file(path, 8U << 20U);
    if (!text) continue;
    const auto config =
        yaml::decode(*text, path.string(), {.duplicate_keys = yaml::DuplicateKeys::last_wins});
    if (!config) continue;
    for (const auto& context : array_at(*config, "contexts"))
      if (auto name = string_at(context, "name"); !name.empty())
        found.push_back({name, string_at(context, "context.cluster")});
  }
  return found;
}

std::vector<Candidate> namespaces(Env& env, std::string_view) {
  std::vector<Candidate> found;
  auto cluster = env.cluster();
  if (!cluster) return found;
  const auto list = (*cluster)->list({"", "v1", "Namespace"}, "", {.metadata_only = true},
                                     Deadline::after(std::chrono::seconds(1)), env.stop());
  if (!list) return found;
  for (const auto& item : array_at(*list, "items")) found.push_back({string_at(item, "metadata.name"), ""});
  return found;
}

std::vector<Candidate> services(Env&, std::string_view) {
  return {{"normalization", ""}, {"enrichment", ""}, {"aggregation", ""}, {"projection", ""}};
}

std::vector<Candidate> stores(Env&, std::string_view) { return {{"clickhouse", ""}, {"postgres", ""}}; }

std::vector<Candidate> fields(Env&, std::string_view) {
  std::vector<Candidate> found;
  for (const auto& field : plan::environment_fields())
    found.push_back({std::string(field.path), std::string(field.text)});
  return found;
}

std::vector<Candidate> topics(Env&, std::string_view) {
  std::vector<Candidate> found;
  for (const auto& topic : help_topics()) found.push_back({topic, "topic"});
  for (const Command* command : commands())
    if (command->stability != Stability::hidden) found.push_back({command->path, command->summary});
  return found;
}

}  // namespace dpctl::cli::complete
