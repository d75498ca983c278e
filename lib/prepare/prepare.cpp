#include "lib/prepare/prepare.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/kube/readiness.hpp"
#include "lib/net/url.hpp"
#include "lib/plan/object_set.hpp"

namespace dpctl::prepare {
namespace {

using plan::Context;
using plan::Goal;

// libpq's connection URI, as far as pgBouncer's user list needs it: postgresql://user:password@host…
// Key=value connection strings carry them as user= and password=.
struct Login {
  std::string user, password;
};

Login login_of(std::string_view dsn) {
  Login login;
  if (const auto scheme = dsn.find("://"); scheme != std::string_view::npos) {
    const auto authority = dsn.substr(scheme + 3, dsn.find_first_of("/?", scheme + 3) - scheme - 3);
    const auto at = authority.rfind('@');
    if (at == std::string_view::npos) return login;
    const auto colon = authority.substr(0, at).find(':');
    login.user = net::percent_decode(authority.substr(0, std::min(colon, at)));
    if (colon != std::string_view::npos)
      login.password = net::percent_decode(authority.substr(colon + 1, at - colon - 1));
    return login;
  }
  for (const auto part : split(dsn, ' ')) {
    if (part.starts_with("user=")) login.user = part.substr(5);
    if (part.starts_with("password=")) login.password = part.substr(9);
  }
  return login;
}

// pgBouncer's auth_file: one "user" "password" a line; a quote inside is doubled.
std::string userlist_line(const Login& login) {
  const auto quoted = [](std::string_view text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
  };
  return login.user.empty() ? "" : quoted(login.user) + " " + quoted(login.password) + "\n";
}

kube::ObjectRef namespace_ref(const Context& context) {
  return {{"", "v1", "Namespace"}, "", context.environment.ns};
}
kube::ObjectRef secret_ref(const Context& context) {
  return {{"", "v1", "Secret"}, context.environment.ns, std::string(kSecretName)};
}

Json namespace_object(const Context& context) {
  Json labels{{"app.kubernetes.io/managed-by", "dpctl"},
              {"app.kubernetes.io/part-of", "data-processing-pipeline"}};
  Json metadata{{"name", context.environment.ns}, {"labels", std::move(labels)}};
  if (context.environment.mesh_enabled) {
    metadata["labels"]["linkerd.io/inject"] = "enabled";       // what the guide's command sets
    metadata["annotations"]["linkerd.io/inject"] = "enabled";  // what the injector reads
  }
  return {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", std::move(metadata)}};
}

/// The value now in the Secret, base64 as the API has it; "" when there is none.
std::string stored(const Json* live, std::string_view key) {
  if (live == nullptr) return "";
  const Json& data = object_at(*live, "data");
  return data.contains(key) ? data[std::string(key)].get<std::string>() : "";
}

Json secret_with(const Context& context, std::string_view name, Json data) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "Opaque"},
          {"metadata",
           {{"name", name},
            {"namespace", context.environment.ns},
            {"labels", {{"app.kubernetes.io/managed-by", "dpctl"}}}}},
          {"data", std::move(data)}};
}

/// The Secret of the charts, and the list of users of our own pgBouncer.
Result<std::vector<Json>> secret_objects(Context& context) {
  const auto& environment = context.environment;
  auto found = context.cluster.get(secret_ref(context), context.deadline, context.stop);
  if (!found && found.error().code != Code::not_found) return fail(std::move(found).error());
  const Json* live = found ? &*found : nullptr;

  Json data = Json::object();
  const auto given = [&](std::string_view key, const plan::SecretSource& source,
                         std::string_view what) -> Result<void> {
    DPCTL_TRY(const auto value, plan::resolve(context, source, what));
    data[std::string(key)] = base64_encode(value);
    return {};
  };
  const auto generated = [&](std::string_view key) {
    const auto kept = stored(live, key);
    data[std::string(key)] = kept.empty() ? base64_encode(base64url_encode(random_bytes(32))) : kept;
  };
  DPCTL_CHECK(given(kClickHousePassword, environment.clickhouse.password, "password of ClickHouse"));
  DPCTL_CHECK(given(kPostgresDsn, environment.postgres.dsn, "connection string of PostgreSQL"));
  if (environment.redis.password || !environment.infra_enabled)
    DPCTL_CHECK(given(kRedisPassword, environment.redis.password, "password of Redis"));
  else
    generated(kRedisPassword);
  generated(kApiKeyPepper);
  generated(kApiBootstrapKey);
  std::vector<Json> secrets;
  if (environment.infra_enabled && environment.postgres.dsn) {
    DPCTL_TRY(const auto dsn, base64_decode(data[std::string(kPostgresDsn)].get<std::string>()));
    secrets.push_back(
        secret_with(context, kUserlistName, {{kUserlistKey, base64_encode(userlist_line(login_of(dsn)))}}));
  }
  secrets.push_back(secret_with(context, kSecretName, std::move(data)));
  return secrets;
}

class PrepareStep final : public plan::Step {
 public:
  [[nodiscard]] std::string_view name() const override { return "prepare"; }
  [[nodiscard]] std::vector<std::string_view> needs() const override { return {}; }

  Result<plan::StepPlan> plan(Context& context, Goal goal) override {
    if (goal == Goal::absent) {
      const kube::ObjectRef refs[] = {namespace_ref(context)};
      return plan::plan_removal(context, name(), refs);
    }
    DPCTL_TRY(auto desired, secret_objects(context));
    desired.push_back(namespace_object(context));
    return plan::plan_objects(context, name(), desired);
  }

  Result<void> apply(Context& context, const plan::StepPlan& plan, Goal goal) override {
    DPCTL_CHECK(plan::apply_objects(context, plan));
    if (goal == Goal::present) return {};
    const kube::ObjectRef refs[] = {namespace_ref(context)};
    return kube::wait_gone(context.cluster, refs, context.deadline, context.stop, context.events);
  }

  Result<std::vector<plan::Finding>> verify(Context& context) override {
    using Level = plan::Finding::Level;
    std::vector<plan::Finding> findings;
    const kube::ObjectRef refs[] = {namespace_ref(context), secret_ref(context)};
    auto objects = context.cluster.get_all(refs, context.deadline, context.stop);
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const auto check = kube::to_string(refs[i]);
      if (objects[i])
        findings.push_back(
            {Level::ok, check, i == 0 ? string_at(*objects[i], "status.phase") : "all keys set"});
      else if (objects[i].error().code == Code::not_found)
        findings.push_back({Level::failed, check, "not there", {"dpctl prepare"}});
      else
        return fail(std::move(objects[i]).error());
    }
    if (objects[0] && string_at(*objects[0], "status.phase") != "Active") findings[0].level = Level::failed;
    if (objects[1])
      for (const auto key :
           {kClickHousePassword, kPostgresDsn, kRedisPassword, kApiKeyPepper, kApiBootstrapKey})
        if (!object_at(*objects[1], "data").contains(key))
          findings[1] = {
              Level::failed, findings[1].check, fmt::format("has no key {}", key), {"dpctl prepare"}};
    return findings;
  }
};

}  // namespace

std::unique_ptr<plan::Step> make_step() { return std::make_unique<PrepareStep>(); }

}  // namespace dpctl::prepare
