#include "pipeline-services/runtime/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <map>

#include "lib/base/file.hpp"
#include "lib/base/number.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/core/contract/settings.hpp"

namespace dpctl::runtime {
namespace {

using pipeline::contract::setting;

/// Reads variables one after the other and keeps the first complaint.
class Reader {
 public:
  /// What a setting may be, as the reading code says it.
  struct Rule {
    std::string kind, allowed;
  };
  explicit Reader(const Lookup& lookup) : lookup_(lookup) {}

  std::string text(std::string_view name, std::string_view fallback = "") {
    const auto full = std::string(pipeline::contract::kSettingPrefix) + std::string(name);
    if (auto value = lookup_(full); value && !value->empty()) return std::string(trim(*value));
    const auto* row = setting(name);
    return std::string(row != nullptr ? row->fallback : fallback);
  }

  std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most,
                      std::string_view fallback = "") {
    const auto allowed = fmt::format("a whole number from {} to {}", least, most);
    rules_[std::string(name)] = {"number", fmt::format("{} to {}", least, most)};
    const auto value = text(name, fallback);
    std::int64_t number = 0;
    if (read_number(value, number) && number >= least && number <= most) return number;
    complain(name, value, allowed);
    return least;
  }

  /// Seconds, with a fraction if need be.
  std::chrono::milliseconds seconds(std::string_view name, std::string_view fallback = "") {
    rules_[std::string(name)] = {"seconds", "more than 0, at most 86400"};
    const auto value = text(name, fallback);
    const auto read = pipeline::Fixed::parse(value);
    if (read && read->units > 0 && *read <= pipeline::Fixed::whole(86'400))
      return std::chrono::milliseconds(read->units / (pipeline::Fixed::kOne / 1000));
    complain(name, value, "seconds, more than 0 and at most 86400");
    return std::chrono::milliseconds(1);
  }

  std::string one_of(std::string_view name, std::span<const std::string_view> allowed) {
    rules_[std::string(name)] = {"choice", list_of(allowed)};
    auto value = text(name);
    for (const auto option : allowed)
      if (value == option) return value;
    complain(name, value, list_of(allowed));
    return value;
  }

  static std::string list_of(std::span<const std::string_view> allowed) {
    std::string list;
    for (const auto option : allowed) list += (list.empty() ? "" : ", ") + std::string(option);
    return list;
  }

  template <class T>
  T take(std::string_view name, Result<T> result, std::string_view allowed) {
    rules_[std::string(name)] = {"text", std::string(allowed)};
    if (result) return *std::move(result);
    complain(name, text(name), fmt::format("{} ({})", allowed, result.error().what));
    return T{};
  }

  void complain(std::string_view name, std::string_view value, std::string_view allowed) {
    if (error_) return;
    const auto* row = setting(name);
    const bool secret = row != nullptr && row->secret;
    error_ = Error{.code = Code::usage,
                   .what = fmt::format("{}{} is \"{}\"; allowed: {}", pipeline::contract::kSettingPrefix,
                                       name, secret ? "***" : value, allowed)};
    if (row != nullptr) error_->hints.push_back(fmt::format("{} (default \"{}\")", row->doc, row->fallback));
  }

  /// Says what a text may be, and complains when it is not.
  std::string checked(std::string_view name, std::string_view allowed,
                      const std::function<bool(std::string_view)>& good) {
    rules_[std::string(name)] = {"text", std::string(allowed)};
    auto value = text(name);
    if (!good(value)) complain(name, value, allowed);
    return value;
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const std::map<std::string, Rule>& rules() const { return rules_; }

 private:
  const Lookup& lookup_;
  std::optional<Error> error_;
  std::map<std::string, Rule> rules_;
};

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

io::RedisOptions redis_of(Reader& read) {
  io::RedisOptions redis =
      read.take("REDIS_URL", io::parse_redis_url(read.text("REDIS_URL")), "redis://[:password@]host:port/db");
  if (const auto list = read.text("REDIS_SENTINELS"); !list.empty())
    redis.sentinels = read.take("REDIS_SENTINELS", io::parse_host_list(list), "host:port,host:port");
  redis.master = read.text("REDIS_MASTER");
  if (const auto password = read.text("REDIS_PASSWORD"); !password.empty()) redis.password = password;
  return redis;
}

io::PoolLimits pool_of(Reader& read, std::string_view store) {
  const auto min_name = std::string(store) + "_POOL_MIN", max_name = std::string(store) + "_POOL_MAX";
  io::PoolLimits pool;
  pool.min = static_cast<std::size_t>(read.number(min_name, 0, 1'000));
  pool.max = static_cast<std::size_t>(read.number(max_name, 1, 1'000));
  if (pool.min > pool.max)
    read.complain(min_name, std::to_string(pool.min),
                  fmt::format("at most {}, which is {}", max_name, pool.max));
  return pool;
}

pipeline::BarOptions bars_of(Reader& read) {
  pipeline::BarOptions bars;
  bars.intervals =
      read.take("AGGREGATION_INTERVALS", pipeline::parse_intervals(read.text("AGGREGATION_INTERVALS")),
                "a list of 1m, 5m, 15m, 1h, 1d, on_peak, off_peak");
  bars.delay = read.number("AGGREGATION_WATERMARK_DELAY_MS", 0, 86'400'000) * 1000;
  bars.max_late = read.number("AGGREGATION_MAX_LATE_MS", 0, 30LL * 86'400'000) * 1000;
  bars.idle_timeout = read.number("AGGREGATION_IDLE_TIMEOUT_MS", 100, 30LL * 86'400'000) * 1000;
  bars.early = read.number("AGGREGATION_EARLY_MS", 0, 86'400'000) * 1000;
  return bars;
}

/// Settings of the original that this service does not have. Taken silently they would promise what does not
/// happen.
struct Retired {
  std::string_view name, instead;
};
constexpr Retired kRetired[]{
    {"NORMALIZATION_VALIDATION_ENABLED", "nothing: rules set flags and never drop data, so they always run"},
    {"NORMALIZATION_PRICE_SPIKE_THRESHOLD",
     "nothing: a spike is eight robust deviations from the instrument's rolling median, not a fixed share"},
    {"NORMALIZATION_VOLUME_SPIKE_THRESHOLD", "DATA_PROC_NORMALIZATION_MAX_VOLUME, an absolute volume"},
    {"NORMALIZATION_MAX_BATCH_SIZE", "DATA_PROC_NORMALIZATION_BATCH_SIZE"},
    {"NORMALIZATION_TIMEOUT", "nothing: a message is never given up on, it becomes a tick or a dead letter"},
    {"PARSER_CACHE_SIZE", "nothing: there is no parser cache"},
    {"PARSER_CACHE_TTL", "nothing: there is no parser cache"},
};

void read_price_rules(Reader& read, const Lookup& lookup, Settings& s) {
  for (const auto& [name, instead] : kRetired)
    if (const auto value = lookup(std::string(pipeline::contract::kSettingPrefix) + std::string(name));
        value && !value->empty())
      read.complain(name, *value, fmt::format("not at all, it has no effect here; use {}", instead));
  for (const auto& [name, bound] :
       {std::pair{"NORMALIZATION_MIN_PRICE", &s.min_price}, {"NORMALIZATION_MAX_PRICE", &s.max_price}}) {
    // Absent: each market has its own bounds.
    if (!lookup(std::string(pipeline::contract::kSettingPrefix) + name)) continue;
    *bound = read.take(name, pipeline::PriceBound::parse(read.text(name)),
                       "a decimal number, or MARKET=number, or MARKET.PRODUCT=number, with commas");
  }
  const auto volume = pipeline::Fixed::parse(read.text("NORMALIZATION_MAX_VOLUME"));
  if (!volume || *volume < pipeline::Fixed{})
    read.complain("NORMALIZATION_MAX_VOLUME", read.text("NORMALIZATION_MAX_VOLUME"), "a decimal number from 0");
  s.max_volume = volume.value_or(pipeline::Fixed{});
}

Result<std::vector<pipeline::Spread>> spreads_in(const std::string& path) {
  if (path.empty()) return std::vector<pipeline::Spread>{};
  DPCTL_TRY(const auto text, read_file(path));
  return pipeline::parse_spreads(text, path);
}

void read_statistics(Reader& read, const Lookup& lookup, Settings& s) {
  s.rolling = read.take("AGGREGATION_ROLLING", pipeline::parse_rolling(read.text("AGGREGATION_ROLLING")),
                        "a list of interval:size");
  const auto is_made = [&](pipeline::Interval interval) {
    return std::find(s.bars.intervals.begin(), s.bars.intervals.end(), interval) != s.bars.intervals.end();
  };
  // What was asked for and cannot be is refused; of the default only what fits is taken.
  if (lookup(std::string(pipeline::contract::kSettingPrefix) + "AGGREGATION_ROLLING") &&
      !std::all_of(s.rolling.begin(), s.rolling.end(),
                   [&](const auto& window) { return is_made(window.interval); }))
    read.complain("AGGREGATION_ROLLING", read.text("AGGREGATION_ROLLING"),
                  "intervals that are in AGGREGATION_INTERVALS");
  std::erase_if(s.rolling, [&](const auto& window) { return !is_made(window.interval); });
  s.spreads = read.take("AGGREGATION_SPREADS", spreads_in(read.text("AGGREGATION_SPREADS")),
                        "nothing, or a file of spreads");
  for (const auto& spread : s.spreads)
    for (const auto& leg : spread.legs)
      if (!is_made(leg.interval))
        read.complain("AGGREGATION_SPREADS", read.text("AGGREGATION_SPREADS"),
                      fmt::format("legs of intervals that are in AGGREGATION_INTERVALS; {} of {} is not",
                                  leg.instrument_id, spread.name));
}

// These take effect without a restart (service.cpp).
constexpr std::array<std::string_view, 8> kReloadable{"LOG_LEVEL",
                                                      "COMMIT_INTERVAL_MS",
                                                      "COMMIT_RECORDS",
                                                      "NORMALIZATION_BATCH_SIZE",
                                                      "NORMALIZATION_FLUSH_INTERVAL",
                                                      "CLICKHOUSE_FLUSH_PAUSE_MS",
                                                      "CLICKHOUSE_FLUSH_ROWS",
                                                      "CLICKHOUSE_FLUSH_BYTES"};

bool is_suffix(std::string_view text) {
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
         });
}

bool is_http_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

Settings read_settings(Reader& read, const Lookup& lookup) {
  Settings s;
  constexpr std::array<std::string_view, 5> kEnvironments{"local", "dev", "staging", "prod", "production"};
  constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
  s.environment = read.one_of("ENV", kEnvironments);
  s.tenant = read.text("TENANT_ID");
  s.log_level = read.one_of("LOG_LEVEL", kLevels);
  s.health_port = static_cast<std::uint16_t>(read.number("HEALTH_PORT", 1, 65535));
  s.metrics_port = static_cast<std::uint16_t>(read.number("METRICS_PORT", 1, 65535));
  s.api_port = static_cast<std::uint16_t>(read.number("INTERNAL_API_PORT", 1, 65535));
  s.listen_address = read.text("LISTEN_ADDRESS", "0.0.0.0");
  s.kafka_bootstrap = read.text("KAFKA_BOOTSTRAP");
  s.kafka_partitions = static_cast<int>(read.number("KAFKA_PARTITIONS", 1, 10'000));
  s.kafka_replication = static_cast<int>(read.number("KAFKA_REPLICATION", 1, 15));
  s.fetch_min_bytes = static_cast<int>(read.number("KAFKA_FETCH_MIN_BYTES", 1, 100'000'000));
  s.fetch_max_wait_ms = static_cast<int>(read.number("KAFKA_FETCH_MAX_WAIT_MS", 0, 300'000));
  s.session_timeout_ms = static_cast<int>(read.number("KAFKA_SESSION_TIMEOUT_MS", 6'000, 300'000));
  s.heartbeat_interval_ms = static_cast<int>(read.number("KAFKA_HEARTBEAT_INTERVAL_MS", 100, 100'000));
  constexpr std::array<std::string_view, 2> kBeginnings{"earliest", "latest"};
  s.from_latest = read.one_of("KAFKA_AUTO_OFFSET_RESET", kBeginnings) == kBeginnings[1];
  s.instance_id = read.text("KAFKA_GROUP_INSTANCE_ID");
  if (s.instance_id.empty()) s.instance_id = host_name();
  for (const auto& [name, suffix] : {std::pair{"GROUP_SUFFIX", &s.group_suffix},
                                     {"INPUT_SUFFIX", &s.input_suffix},
                                     {"OUTPUT_SUFFIX", &s.output_suffix}})
    *suffix = read.checked(name, "letters, digits, '.', '-' and '_', at most 64", is_suffix);
  s.admin_token = read.checked("ADMIN_TOKEN", "nothing, or at least 16 characters",
                               [](std::string_view text) { return text.empty() || text.size() >= 16; });
  s.otlp_endpoint = read.checked("OTLP_ENDPOINT", "nothing, or http://host:4318",
                                 [](std::string_view text) { return text.empty() || is_http_url(text); });
  s.trace_sample = static_cast<std::uint32_t>(read.number("TRACE_SAMPLE", 0, 1'000'000'000));
  s.clickhouse.url = read.checked("CLICKHOUSE_URL",
                                  "http://host:8123 (the HTTP interface, not the native port)", is_http_url);
  s.clickhouse.user = read.text("CLICKHOUSE_USER");
  s.clickhouse.password = read.text("CLICKHOUSE_PASSWORD");
  s.clickhouse.database =
      read.checked("CLICKHOUSE_DATABASE", "letters, digits and _", [](std::string_view text) {
        return std::all_of(text.begin(), text.end(),
                           [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
      });
  s.clickhouse_pool = pool_of(read, "CLICKHOUSE");
  s.postgres_dsn = read.text("POSTGRES_DSN");
  s.postgres_listen_dsn = read.text("POSTGRES_LISTEN_DSN");
  s.postgres_pool = pool_of(read, "POSTGRES");
  s.redis = redis_of(read);
  s.redis_pool = pool_of(read, "REDIS");
  s.redis_pipeline = static_cast<std::size_t>(read.number("REDIS_PIPELINE_SIZE", 1, 10'000));
  constexpr std::array<std::string_view, 2> kDelivery{"exactly-once", "at-least-once"};
  s.exactly_once = read.one_of("DELIVERY", kDelivery) == kDelivery[0];
  s.commit_interval = std::chrono::milliseconds(read.number("COMMIT_INTERVAL_MS", 1, 60'000));
  s.commit_records = static_cast<std::size_t>(read.number("COMMIT_RECORDS", 1, 10'000'000));
  s.transaction_timeout = std::chrono::milliseconds(read.number("TRANSACTION_TIMEOUT_MS", 1'000, 900'000));
  s.flush_pause = std::chrono::milliseconds(read.number("CLICKHOUSE_FLUSH_PAUSE_MS", 0, 60'000));
  s.flush_rows = static_cast<std::size_t>(read.number("CLICKHOUSE_FLUSH_ROWS", 1, 10'000'000));
  s.flush_bytes = static_cast<std::size_t>(read.number("CLICKHOUSE_FLUSH_BYTES", 1, 1'000'000'000));
  s.batch_rows = static_cast<std::size_t>(read.number("NORMALIZATION_BATCH_SIZE", 1, 1'000'000));
  s.flush_interval = read.seconds("NORMALIZATION_FLUSH_INTERVAL");
  s.taxonomy_ttl = std::chrono::seconds(read.number("TAXONOMY_CACHE_TTL", 1, 86'400 * 30));
  s.instrument_ttl = std::chrono::seconds(read.number("INSTRUMENT_CACHE_TTL", 1, 86'400 * 30));
  s.bars = bars_of(read);
  read_statistics(read, lookup, s);
  s.projection_ttl_seconds = static_cast<int>(read.number("PROJECTION_CACHE_TTL", 0, 86'400 * 365));
  read_price_rules(read, lookup, s);
  s.api_pepper = read.text("API_KEY_PEPPER");
  s.api_bootstrap_key = read.text("API_BOOTSTRAP_KEY");
  s.api_rate_limit_per_minute = static_cast<int>(read.number("API_RATE_LIMIT_PER_MINUTE", 1, 100'000'000));
  return s;
}

}  // namespace

Result<Settings> load_settings(const Lookup& lookup) {
  Reader read(lookup);
  auto settings = read_settings(read, lookup);
  if (read.error()) return fail(*read.error());
  return settings;
}

Result<Lookup> with_settings_file(const Lookup& outer) {
  const auto path = outer("DATA_PROC_SETTINGS_FILE");
  if (!path || path->empty()) return outer;
  DPCTL_TRY(const auto text, read_file(*path));
  std::map<std::string, std::string> values;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    const auto entry = trim(line);
    if (entry.empty() || entry.starts_with('#')) continue;
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || !entry.starts_with(pipeline::contract::kSettingPrefix))
      return fail(Code::usage, "{} line {}: \"{}\" is no {}NAME=value", *path, number, entry,
                  pipeline::contract::kSettingPrefix);
    values.emplace(trim(entry.substr(0, equals)), trim(entry.substr(equals + 1)));
  }
  return Lookup([outer, values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found != values.end() ? std::optional(found->second) : outer(name);
  });
}

bool is_reloadable(std::string_view name) {
  return std::find(kReloadable.begin(), kReloadable.end(), name) != kReloadable.end();
}

std::vector<SettingHelp> explain_settings() {
  const Lookup nothing = [](const std::string&) { return std::nullopt; };
  Reader read(nothing);
  static_cast<void>(read_settings(read, nothing));
  std::vector<SettingHelp> rows;
  for (const auto& row : pipeline::contract::settings()) {
    SettingHelp help{.name = std::string(pipeline::contract::kSettingPrefix) + std::string(row.name),
                     .kind = "text",
                     .fallback = std::string(row.fallback),
                     .allowed = "any",
                     .doc = std::string(row.doc),
                     .reloadable = is_reloadable(row.name)};
    if (const auto rule = read.rules().find(std::string(row.name)); rule != read.rules().end()) {
      help.kind = rule->second.kind;
      help.allowed = rule->second.allowed;
    }
    if (row.secret) help.kind = "secret";
    rows.push_back(std::move(help));
  }
  return rows;
}

std::string describe_settings(const Lookup& lookup) {
  Reader read(lookup);
  std::string out;
  for (const auto& row : pipeline::contract::settings()) {
    const auto value = read.text(row.name);
    out += fmt::format("{}{}={}\n", pipeline::contract::kSettingPrefix, row.name,
                       row.secret && !value.empty() ? "***" : value);
  }
  return out;
}

std::optional<std::string> from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace dpctl::runtime
