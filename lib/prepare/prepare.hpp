#pragma once

#include <memory>
#include <string_view>

#include "lib/plan/step.hpp"

namespace dpctl::prepare {

/// Name of the Secret that the charts refer to, and its keys (contract of templates/pipeline and
/// templates/infra).
inline constexpr std::string_view kSecretName = "pipeline-secrets";
inline constexpr std::string_view kClickHousePassword = "clickhouse-password";
inline constexpr std::string_view kPostgresDsn = "postgres-dsn";
inline constexpr std::string_view kRedisPassword = "redis-password";
inline constexpr std::string_view kApiKeyPepper = "api-key-pepper";
inline constexpr std::string_view kApiBootstrapKey = "api-bootstrap-key";
/// pgBouncer's file of users, made from the connection string of PostgreSQL.
inline constexpr std::string_view kUserlistName = "pgbouncer-userlist";
inline constexpr std::string_view kUserlistKey = "userlist.txt";

/// Step 1 of the guide: the namespace with its labels, and the Secrets that the charts refer to. Passwords
/// come from where the environment file says; what nobody supplies (the pepper, the first API key, the
/// password of our own Redis) is generated once and kept. For Goal::absent: the namespace and all in it.
std::unique_ptr<plan::Step> make_step();

}  // namespace dpctl::prepare
