#include "lib/plan/environment.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::plan {
namespace {

constexpr EnvironmentField kFields[]{
    {"apiVersion", "string", "dpctl/v1", "always dpctl/v1"},
    {"kind", "string", "Environment", "always Environment"},
    {"metadata.name", "string", "", "a name for people: local, staging, production"},
    {"namespace", "string", "data-processing", "where everything of this environment lives"},
    {"context", "string", "", "kubeconfig context; empty: the current one"},
    {"mesh.enabled", "boolean", "false",
     "ask the mesh to inject its proxy (label linkerd.io/inject on the namespace)"},
    {"infra.enabled", "boolean", "true", "install Redis with Sentinel and pgBouncer"},
    {"infra.release", "string", "data-processing-infra", "name of the Helm release"},
    {"infra.chart", "string", "builtin:infra", "chart: builtin:infra, a folder or a .tgz"},
    {"infra.values", "list of strings", "", "values files in order; builtin:NAME is a file of the chart"},
    {"infra.set", "map", "", "dotted path -> value; wins over the files"},
    {"stores.kafka.bootstrap", "string", "", "host:port,host:port as the pods reach it"},
    {"stores.clickhouse.url", "string", "",
     "HTTP interface, reachable from the pods and from where dpctl runs"},
    {"stores.clickhouse.database", "string", "data_processing", "database of the pipeline's tables"},
    {"stores.clickhouse.user", "string", "default", "user of migrations and services"},
    {"stores.clickhouse.passwordFrom", "secret source", "", "its password"},
    {"stores.postgres.dsnFrom", "secret source", "",
     "connection string: postgresql://user:password@host:5432/database"},
    {"stores.redis.url", "string", "", "one Redis without Sentinel: redis://host:6379/0"},
    {"stores.redis.sentinels", "list of strings", "",
     "host:port of each Sentinel; empty: those of the infra release"},
    {"stores.redis.master", "string", "mymaster", "name that the Sentinels watch"},
    {"stores.redis.passwordFrom", "secret source", "",
     "its password; none: one is generated and kept in a Secret"},
    {"migrations.clickhouse", "boolean", "true", "apply the ClickHouse migrations"},
    {"migrations.postgres", "boolean", "true", "apply the PostgreSQL migrations"},
    {"release.name", "string", "data-processing-pipeline", "name of the Helm release"},
    {"release.chart", "string", "builtin:pipeline", "chart: builtin:pipeline, a folder or a .tgz"},
    {"release.values", "list of strings", "", "values files in order; builtin:NAME is a file of the chart"},
    {"release.set", "map", "", "dotted path -> value; wins over the files"},
    {"services.*.image", "string", "", "whole image reference of one service"},
    {"services.*.strategy", "string", "rolling", "how a new version arrives: rolling"},
    {"services.*.replicas", "integer", "", "fixed number of replicas; leave out where an autoscaler decides"},
    {"images.registry", "string", "",
     "registry and path before /NAME-service:TAG, e.g. registry.example.com/dpctl"},
    {"images.tag", "string", "", "tag of all services that do not say otherwise"},
};
constexpr std::array<std::string_view, 4> kServices{"normalization", "enrichment", "aggregation",
                                                    "projection"};

bool covers(std::string_view field, const std::vector<std::string>& path, std::size_t depth) {
  const auto parts = split(field, '.');
  if (parts.size() < depth) return false;
  for (std::size_t i = 0; i < depth; ++i)
    if (parts[i] != "*" && parts[i] != path[i]) return false;
  return true;
}

const EnvironmentField* field_at(const std::vector<std::string>& path) {
  for (const auto& field : kFields)
    if (covers(field.path, path, path.size()) && split(field.path, '.').size() == path.size()) return &field;
  return nullptr;
}

bool is_section(const std::vector<std::string>& path) {
  return std::any_of(std::begin(kFields), std::end(kFields), [&](const auto& field) {
    return covers(field.path, path, path.size()) && split(field.path, '.').size() > path.size();
  });
}

/// Walks the tree beside the table and collects every problem with its place.
class Checker {
 public:
  explicit Checker(const yaml::Places& places) : places_(places) {}

  void check(const Json& node, std::vector<std::string>& path) {
    for (const auto& [key, value] : node.items()) {
      path.push_back(key);
      if (const auto* field = field_at(path)) {
        check_type(*field, value, path);
      } else if (!is_section(path)) {
        unknown(path);
      } else if (value.is_object()) {
        check(value, path);
      } else if (!value.is_null()) {
        problem(path, fmt::format("{} is a section, not a value", fmt::join(path, ".")));
      }
      path.pop_back();
    }
  }

  void problem(const std::vector<std::string>& path, std::string text, std::vector<std::string> hints = {}) {
    Error error{.code = Code::usage, .what = std::move(text), .hints = std::move(hints)};
    const auto place = places_.find("/" + join(path, "/"));
    if (place != places_.end()) error.where = place->second;
    problems_.push_back(std::move(error));
  }

  /// The first problem, the others as its hints: one error that tells everything.
  Result<void> outcome() && {
    if (problems_.empty()) return {};
    std::sort(problems_.begin(), problems_.end(), [](const Error& a, const Error& b) {
      return (a.where ? a.where->line : 0) < (b.where ? b.where->line : 0);
    });
    Error first = std::move(problems_.front());
    for (std::size_t i = 1; i < problems_.size() && first.hints.size() < 5; ++i)
      first.hints.push_back("also: " + one_line(problems_[i]));
    return fail(std::move(first));
  }

 private:
  void unknown(const std::vector<std::string>& path) {
    std::vector<std::string> siblings;
    for (const auto& field : kFields) {
      if (!covers(field.path, path, path.size() - 1)) continue;
      std::string name(split(field.path, '.')[path.size() - 1]);
      if (name != "*" && std::find(siblings.begin(), siblings.end(), name) == siblings.end())
        siblings.push_back(std::move(name));
    }
    if (path.size() == 2 && path[0] == "services") siblings.assign(kServices.begin(), kServices.end());
    std::vector<std::string> hints;
    if (auto near = did_you_mean(path.back(), siblings); !near.empty()) hints.push_back(std::move(near));
    hints.push_back(fmt::format("known here: {}", fmt::join(siblings, ", ")));
    problem(path, fmt::format("unknown key {}", fmt::join(path, ".")), std::move(hints));
  }

  void check_type(const EnvironmentField& field, const Json& value, std::vector<std::string>& path) {
    if (value.is_null()) return;
    const auto wrong = [&](std::string_view found) {
      problem(path, fmt::format("{} must be a {}, not {}", fmt::join(path, "."), field.type, found));
    };
    if (field.type == "string" && !value.is_string()) return wrong(value.type_name());
    if (field.type == "boolean" && !value.is_boolean()) return wrong(value.type_name());
    if (field.type == "integer" && !(value.is_number_integer() && value.get<double>() >= 0))
      return wrong(value.dump());
    if (field.type == "map" && !value.is_object()) return wrong(value.type_name());
    if (field.type == "list of strings" &&
        !(value.is_array() &&
          std::all_of(value.begin(), value.end(), [](const Json& v) { return v.is_string(); })))
      return wrong(value.is_array() ? "a list of other things" : value.type_name());
    if (field.type == "secret source") check_secret(value, path);
    if (path.size() == 3 && path[0] == "services" &&
        std::find(kServices.begin(), kServices.end(), path[1]) == kServices.end()) {
      const std::vector<std::string> service{path[0], path[1]};
      unknown(service);
    }
  }

  void check_secret(const Json& value, std::vector<std::string>& path) {
    const std::string help = "write {env: NAME}, {file: PATH} or {secretRef: {name: NAME, key: KEY}}";
    const bool env = value.is_object() && value.contains("env") && value["env"].is_string();
    const bool file = value.is_object() && value.contains("file") && value["file"].is_string();
    const bool ref = value.is_object() && value.contains("secretRef") &&
                     !string_at(value, "secretRef.name").empty() &&
                     !string_at(value, "secretRef.key").empty();
    if (env + file + ref != 1 || value.size() != 1)
      problem(path, fmt::format("{} does not say where the secret comes from", fmt::join(path, ".")), {help});
  }

  const yaml::Places& places_;
  std::vector<Error> problems_;
};

SecretSource secret_at(const Json& root, std::string_view path) {
  const Json* node = find(root, path);
  if (node == nullptr || !node->is_object()) return {};
  if (node->contains("env")) return {SecretSource::Kind::env, string_at(*node, "env"), ""};
  if (node->contains("file")) return {SecretSource::Kind::file, string_at(*node, "file"), ""};
  return {SecretSource::Kind::secret_ref, string_at(*node, "secretRef.name"),
          string_at(*node, "secretRef.key")};
}

std::vector<std::string> strings_at(const Json& root, std::string_view path) {
  std::vector<std::string> strings;
  for (const auto& item : array_at(root, path))
    if (item.is_string()) strings.push_back(item.get<std::string>());
  return strings;
}

void flatten(const Json& node, const std::string& path, std::map<std::string, std::string>& out) {
  if (node.is_object() && !node.empty()) {
    for (const auto& [key, value] : node.items()) flatten(value, path.empty() ? key : path + "." + key, out);
  } else {
    out[path] = dump_json(node);
  }
}

ReleaseSpec release_at(const Json& root, const std::string& section, std::string_view name_key,
                       std::string_view name, std::string_view chart) {
  ReleaseSpec spec{.name = string_at(root, section + "." + std::string(name_key), name),
                   .chart = string_at(root, section + ".chart", chart),
                   .values = strings_at(root, section + ".values")};
  if (const Json* set = find(root, section + ".set"); set != nullptr && set->is_object())
    flatten(*set, "", spec.set);
  return spec;
}

Environment fill(const Json& root, const std::filesystem::path& path) {
  Environment env;
  env.file = path;
  env.name = string_at(root, "metadata.name");
  env.ns = string_at(root, "namespace", env.ns);
  env.context = string_at(root, "context");
  env.mesh_enabled = bool_at(root, "mesh.enabled", false);
  env.infra_enabled = bool_at(root, "infra.enabled", true);
  env.infra = release_at(root, "infra", "release", "data-processing-infra", "builtin:infra");
  env.kafka.bootstrap = string_at(root, "stores.kafka.bootstrap");
  env.clickhouse.url = string_at(root, "stores.clickhouse.url");
  env.clickhouse.database = string_at(root, "stores.clickhouse.database", env.clickhouse.database);
  env.clickhouse.user = string_at(root, "stores.clickhouse.user", env.clickhouse.user);
  env.clickhouse.password = secret_at(root, "stores.clickhouse.passwordFrom");
  env.postgres.dsn = secret_at(root, "stores.postgres.dsnFrom");
  env.redis.url = string_at(root, "stores.redis.url");
  env.redis.sentinels = strings_at(root, "stores.redis.sentinels");
  env.redis.master = string_at(root, "stores.redis.master", env.redis.master);
  env.redis.password = secret_at(root, "stores.redis.passwordFrom");
  env.migrate_clickhouse = bool_at(root, "migrations.clickhouse", true);
  env.migrate_postgres = bool_at(root, "migrations.postgres", true);
  env.release = release_at(root, "release", "name", "data-processing-pipeline", "builtin:pipeline");
  for (const auto& [name, service] : object_at(root, "services").items()) {
    ServiceSpec spec{.image = string_at(service, "image"),
                     .strategy = string_at(service, "strategy", "rolling")};
    if (const Json* replicas = find(service, "replicas");
        replicas != nullptr && replicas->is_number_integer())
      spec.replicas = replicas->get<int>();
    env.services[name] = std::move(spec);
  }
  env.images.registry = string_at(root, "images.registry");
  env.images.tag = string_at(root, "images.tag");
  return env;
}

}  // namespace

std::span<const EnvironmentField> environment_fields() { return kFields; }

Result<Environment> decode_environment(std::string_view text, const std::filesystem::path& path) {
  yaml::Places places;
  DPCTL_TRY(const Json root, yaml::decode_located(text, path.string(), places));
  if (!root.is_object())
    return fail(Code::usage, "{} is not an environment file", path.string())
        .hint("write one with 'dpctl init'");
  Checker checker(places);
  const auto expect = [&](const std::string& key, std::string_view wanted) {
    if (const auto found = string_at(root, key); found != wanted)
      checker.problem({key}, found.empty() ? fmt::format("{} is missing: write {}: {}", key, key, wanted)
                                           : fmt::format("{} is {}, not {}", key, found, wanted));
  };
  expect("apiVersion", "dpctl/v1");
  expect("kind", "Environment");
  std::vector<std::string> walked;
  checker.check(root, walked);
  for (const auto& [name, service] : object_at(root, "services").items())
    if (const auto strategy = string_at(service, "strategy", "rolling"); strategy != "rolling")
      checker.problem({"services", name, "strategy"},
                      fmt::format("services.{}.strategy is {}, known is: rolling", name, strategy));
  DPCTL_CHECK(std::move(checker).outcome());
  return fill(root, path);
}

Result<Environment> load_environment(const std::filesystem::path& path) {
  auto text = read_file(path, 4U << 20U);
  if (!text)
    return fail(text.error().code == Code::not_found ? Code::usage : text.error().code,
                "no environment file {}", path.string())
        .because(text.error())
        .hint("write one with 'dpctl init', or name it with -f FILE");
  return decode_environment(*text, path);
}

}  // namespace dpctl::plan
