#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/data/json.hpp"

namespace dpctl::plan {

/// Where a secret comes from; never the secret itself.
struct SecretSource {
  enum class Kind { none, env, file, secret_ref };
  Kind kind = Kind::none;
  std::string name{};  ///< variable, path, or name of the Secret
  std::string key{};   ///< key within the Secret
  [[nodiscard]] explicit operator bool() const { return kind != Kind::none; }
};

/// A chart to be installed as a release.
struct ReleaseSpec {
  std::string name{};
  std::string chart{};                ///< "builtin:pipeline", or a folder or .tgz beside the environment file
  std::vector<std::string> values{};  ///< files in order; "builtin:NAME" is a file of the chart itself
  std::map<std::string, std::string> set{};  ///< dotted path -> value as JSON text; wins over the files
};

/// One of the four services, where it differs from the chart's values.
struct ServiceSpec {
  std::string image{};     ///< whole reference; empty: <images.registry>/<name>-service:<images.tag>
  std::string strategy{};  ///< "rolling"; canary and blue-green belong to their own steps
  std::optional<int> replicas{};
};

/// What production is: the environment file `dpctl.yaml` (apiVersion dpctl/v1, kind Environment), decoded and
/// checked. `docs/environment.md` and `dpctl config explain` describe each field from the same table
/// (environment_fields()).
struct Environment {
  std::string name{};  ///< metadata.name
  std::string ns = "data-processing";
  std::string context{};  ///< kubeconfig context; empty: the current one
  bool mesh_enabled = false;
  bool infra_enabled = true;
  ReleaseSpec infra{};
  struct Kafka {
    std::string bootstrap{};
  } kafka{};
  struct ClickHouse {
    std::string url{}, database = "data_processing", user = "default";
    SecretSource password{};
  } clickhouse{};
  struct Postgres {
    SecretSource dsn{};
  } postgres{};
  struct Redis {
    std::vector<std::string> sentinels{};
    std::string master = "mymaster", url{};
    SecretSource password{};
  } redis{};
  bool migrate_clickhouse = true, migrate_postgres = true;
  ReleaseSpec release{};
  std::map<std::string, ServiceSpec> services{};
  struct Images {
    std::string registry{}, tag{};
  } images{};

  std::filesystem::path file{};  ///< where it was read from; relative paths in it start at its folder
};

/// One field of the file: what `dpctl config explain` prints and what decides whether a key is known.
struct EnvironmentField {
  std::string_view path;      ///< "stores.clickhouse.url"; "*" stands for a name of the reader's choice
  std::string_view type;      ///< "string", "boolean", "integer", "list of strings", "map", "secret source"
  std::string_view fallback;  ///< the default as it would be written; "" when there is none
  std::string_view text;
};
std::span<const EnvironmentField> environment_fields();

/// Reads and checks a file. All problems are reported at once: the first in `what`, each with
/// file:line:column; an unknown key comes with the nearest known one.
Result<Environment> load_environment(const std::filesystem::path& path);
Result<Environment> decode_environment(std::string_view text, const std::filesystem::path& path);

}  // namespace dpctl::plan
