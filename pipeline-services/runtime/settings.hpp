#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/bars.hpp"
#include "pipeline-services/core/bounds.hpp"
#include "pipeline-services/core/rolling.hpp"
#include "pipeline-services/core/spreads.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/io/pool.hpp"
#include "pipeline-services/io/postgres.hpp"
#include "pipeline-services/io/redis.hpp"

namespace dpctl::runtime {

/// The DATA_PROC_* variables, read and judged once at start. Names, defaults and meanings:
/// core/contract/settings.hpp.
struct Settings {
  std::string environment, tenant;
  std::string log_level;
  std::uint16_t health_port = 0, metrics_port = 0, api_port = 0;
  std::string listen_address;
  std::string kafka_bootstrap;
  int kafka_partitions = 0, kafka_replication = 0;
  int fetch_min_bytes = 0, fetch_max_wait_ms = 0, session_timeout_ms = 0, heartbeat_interval_ms = 0;
  bool from_latest = false;
  std::string instance_id;  ///< host name: the pod's name, kept over a restart of its container
  io::ClickHouseOptions clickhouse;
  io::PoolLimits clickhouse_pool;  ///< of readers; what is written goes over one connection
  std::string postgres_dsn;
  std::string postgres_listen_dsn;  ///< direct, for LISTEN; empty: as postgres_dsn
  io::PoolLimits postgres_pool;
  io::RedisOptions redis;
  io::PoolLimits redis_pool;
  std::size_t redis_pipeline = 0;  ///< writes sent together
  std::string group_suffix, input_suffix, output_suffix;
  std::string admin_token;
  std::string otlp_endpoint;
  std::uint32_t trace_sample = 0;
  bool exactly_once = true;
  std::chrono::milliseconds commit_interval{}, transaction_timeout{};
  std::size_t commit_records = 0;
  std::size_t batch_rows = 0;                   ///< rows after which sinks are flushed
  std::chrono::milliseconds flush_interval{};   ///< or after this time
  std::chrono::milliseconds flush_pause{};      ///< time between two flushes, up to
  std::size_t flush_rows = 0, flush_bytes = 0;  ///< these
  std::chrono::seconds taxonomy_ttl{}, instrument_ttl{};
  pipeline::BarOptions bars;
  std::vector<pipeline::RollingWindow> rolling;  ///< statistics over the last bars
  std::vector<pipeline::Spread> spreads;
  pipeline::PriceBound min_price, max_price;
  pipeline::Fixed max_volume;
  int projection_ttl_seconds = 0;
  std::string api_pepper, api_bootstrap_key;
  int api_rate_limit_per_minute = 0;
};

/// Where a variable's value comes from: the environment in a service, a map in tests.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Code::usage with the name, the value (not of secrets) and what is allowed; the first wrong one is
/// reported.
Result<Settings> load_settings(const Lookup& lookup);

/// `outer` with the NAME=value lines of the file before it that DATA_PROC_SETTINGS_FILE names; Code::usage
/// when that file cannot be read or has a line of another form. Lines may be empty or begin with '#'.
Result<Lookup> with_settings_file(const Lookup& outer);

/// One row of `pipeline config`.
struct SettingHelp {
  std::string name, kind, fallback, allowed, doc;
  bool reloadable = false;
};
/// All settings, described by the code that judges them.
std::vector<SettingHelp> explain_settings();
/// The name, without prefix, of a setting that takes effect in a running process.
bool is_reloadable(std::string_view name);

/// Values as read, "NAME=value" a line, secrets as "***": for --check-config.
std::string describe_settings(const Lookup& lookup);

/// std::getenv.
std::optional<std::string> from_environment(const std::string& name);

}  // namespace dpctl::runtime
