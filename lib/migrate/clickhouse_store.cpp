// clickhouse_store.cpp: schema_migrations in ClickHouse.
//
// ClickHouse has no transactions for DDL: each statement is recorded before it runs ("running", so many done)
// and after it. Who dies in between leaves a statement of which nobody knows whether it ran; it runs again,
// so statements say IF NOT EXISTS.
//
// It has no locks either. The lock is a row {holder, expiry} in schema_migrations_lock: insert ours, wait a
// moment so that an insert that was already on its way becomes visible, then look: of the rows that are
// neither released nor expired the earliest holds the lock and the others step back. The holder renews its
// row from a thread while it works; a dead holder's row expires after a minute.
#include <unistd.h>

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/migrate/migrate.hpp"
#include "lib/net/http_client.hpp"

namespace dpctl::migrate {
namespace {

using namespace std::chrono_literals;

constexpr auto kRenewEvery = 15s;
constexpr int kLockSeconds = 60;
constexpr auto kSettle = 250ms;

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// "… (line 3, col 14) …" in the server's message, relative to the statement.
std::optional<std::pair<std::size_t, std::size_t>> position_in(std::string_view message) {
  const auto at = message.find("(line ");
  if (at == std::string_view::npos) return std::nullopt;
  const auto column = message.find(", col ", at);
  if (column == std::string_view::npos) return std::nullopt;
  return std::pair{number(message.substr(at + 6)), number(message.substr(column + 6))};
}

bool wait(std::chrono::milliseconds span, const StopToken& stop) {
  std::mutex mutex;
  std::condition_variable_any bell;
  std::unique_lock lock(mutex);
  bell.wait_for(lock, stop, span, [] { return false; });
  return !stop.stop_requested();
}

class ClickHouseStore final : public Store {
 public:
  ClickHouseStore(net::HttpClient& client, ClickHouseTarget target)
      : client_(client), target_(std::move(target)) {
    while (target_.url.ends_with('/')) target_.url.pop_back();
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    holder_ = fmt::format("{}/{}/{}", host.data(), getpid(), to_hex(random_bytes(4)));
  }
  ~ClickHouseStore() override { unlock(); }

  Engine engine() const override { return Engine::clickhouse; }
  std::string where() const override {
    return fmt::format("clickhouse at {}, database {}", target_.url, target_.database);
  }

  Result<std::vector<Applied>> applied(Deadline deadline, StopToken stop) override {
    DPCTL_TRY(const auto there,
              query(fmt::format("EXISTS TABLE {}.schema_migrations", target_.database), deadline, stop));
    if (trim(there) != "1") return std::vector<Applied>{};
    DPCTL_TRY(const auto answer,
              query(fmt::format("SELECT version, name, checksum, statements_done, statements, state, "
                                "formatDateTime(applied_at, '%Y-%m-%dT%H:%i:%SZ', 'UTC'), "
                                "base64Encode(error) FROM {}.schema_migrations "
                                "FINAL ORDER BY version FORMAT TabSeparatedRaw",
                                target_.database),
                    deadline, stop));
    std::vector<Applied> rows;
    for (const auto line : split(answer, '\n')) {
      const auto cells = split(line, '\t');
      if (cells.size() != 8) continue;
      rows.push_back({.id = static_cast<int>(number(cells[0])),
                      .name = std::string(cells[1]),
                      .checksum = std::string(cells[2]),
                      .statements_done = number(cells[3]),
                      .statements = number(cells[4]),
                      .state = std::string(cells[5]),
                      .applied_at = std::string(cells[6]),
                      .error = base64_decode(cells[7]).value_or("")});
    }
    return rows;
  }

  Result<void> lock(Deadline deadline, StopToken stop) override {
    DPCTL_CHECK(make_tables(deadline, stop));
    for (;;) {
      DPCTL_CHECK(write_lock(false, deadline, stop));
      if (!wait(kSettle, stop)) break;
      DPCTL_TRY(const auto holder, lock_holder(deadline, stop));
      if (holder == holder_) {
        renewer_ = std::jthread([this](const StopToken& end) { renew(end); });
        return {};
      }
      DPCTL_CHECK(write_lock(true, deadline, stop));
      if (deadline.left() < 1s)
        return fail(Code::conflict, "{} is being migrated by {}", where(), holder)
            .hint("wait until it is done; a dead one's lock ends after {} seconds", kLockSeconds)
            .retryable();
      if (!wait(500ms, stop)) break;
    }
    return fail(Code::interrupted, "stopped while waiting for the lock of {}", where());
  }

  void unlock() override {
    if (!renewer_.joinable()) return;
    renewer_.request_stop();
    renewer_.join();
    renewer_ = {};
    // If this fails the lock ends by itself.
    static_cast<void>(write_lock(true, Deadline::after(5s), {}));
  }

  Result<void> run(const Migration& migration, std::size_t from, Deadline deadline, StopToken stop) override {
    for (auto i = from; i < migration.statements.size(); ++i) {
      if (stop.stop_requested())
        return fail(Code::interrupted, "stopped before statement {} of {}", i + 1, migration.path);
      DPCTL_TRY(const auto holder, lock_holder(deadline, stop));
      if (holder != holder_) return fail(Code::conflict, "the lock of {} was lost to {}", where(), holder);
      DPCTL_CHECK(record(migration, i, "running", "", deadline, stop));
      if (auto done = execute(migration, i, deadline, stop); !done) {
        static_cast<void>(record(migration, i, "failed", done.error().what, Deadline::after(5s), {}));
        return done;
      }
    }
    return record(migration, migration.statements.size(), "applied", "", deadline, stop);
  }

 private:
  Result<net::Response> send(const std::string& sql, Deadline deadline, StopToken stop) {
    net::Request request{.method = "POST", .url = target_.url + "/?wait_end_of_query=1&async_insert=0"};
    request.headers.add("X-ClickHouse-User", target_.user);
    if (!target_.password.empty()) request.headers.add("X-ClickHouse-Key", target_.password);
    request.headers.add("Content-Type", "text/plain");
    request.body = sql;
    auto response = client_.send(request, deadline, std::move(stop));
    if (!response) return fail(response.error().code, "cannot ask {}", where()).because(response.error());
    return response;
  }

  Result<std::string> query(const std::string& sql, Deadline deadline, StopToken stop) {
    DPCTL_TRY(auto response, send(sql, deadline, std::move(stop)));
    if (response.status == 200) return std::move(response.body);
    const bool denied = response.status == 401 || response.status == 403 ||
                        response.body.find("(AUTHENTICATION_FAILED)") != std::string::npos;
    return fail(denied ? Code::denied : Code::failed, "{} refuses: {}", where(),
                trim(response.body.substr(0, 1000)));
  }

  Result<void> execute(const Migration& migration, std::size_t index, Deadline deadline, StopToken stop) {
    const auto& statement = migration.statements[index];
    DPCTL_TRY(const auto response, send(statement.text, deadline, std::move(stop)));
    if (response.status == 200) return {};
    Place place{.subject = migration.path, .line = statement.line, .column = statement.column};
    if (const auto inside = position_in(response.body)) {
      place.column = inside->first == 1 ? statement.column + inside->second - 1 : inside->second;
      place.line = statement.line + inside->first - 1;
      const auto lines = split(statement.text, '\n');
      if (inside->first >= 1 && inside->first <= lines.size()) place.source_line = lines[inside->first - 1];
    }
    return fail(Code::failed, "statement {} of {} failed: {}", index + 1, migration.path,
                trim(response.body.substr(0, 1000)))
        .at(std::move(place))
        .hint("correct the file and apply again; the {} statements before it are recorded and not repeated",
              index);
  }

  Result<void> make_tables(Deadline deadline, StopToken stop) {
    const auto& db = target_.database;
    for (const auto& sql : {fmt::format("CREATE DATABASE IF NOT EXISTS {} ENGINE = Atomic", db),
                            fmt::format("CREATE TABLE IF NOT EXISTS {}.schema_migrations (version UInt32, "
                                        "name String, checksum String, statements_done UInt32, "
                                        "statements UInt32, state LowCardinality(String), error String, "
                                        "applied_at DateTime64(3, 'UTC') DEFAULT now64(3), "
                                        "written UInt64 DEFAULT toUnixTimestamp64Nano(now64(9))) ENGINE = "
                                        "ReplacingMergeTree(written) ORDER BY version",
                                        db),
                            fmt::format("CREATE TABLE IF NOT EXISTS {}.schema_migrations_lock (holder "
                                        "String, acquired_at DateTime64(9, 'UTC'), "
                                        "expires_at DateTime64(3, 'UTC'), released UInt8, written UInt64 "
                                        "DEFAULT toUnixTimestamp64Nano(now64(9))) "
                                        "ENGINE = ReplacingMergeTree(written) ORDER BY holder TTL "
                                        "toDateTime(expires_at) + INTERVAL 1 DAY",
                                        db)}) {
      DPCTL_TRY(const auto ok, query(sql, deadline, stop));
      static_cast<void>(ok);
    }
    return {};
  }

  Result<void> record(const Migration& migration, std::size_t done, std::string_view state,
                      std::string_view error, Deadline deadline, StopToken stop) {
    DPCTL_TRY(
        const auto ok,
        query(fmt::format("INSERT INTO {}.schema_migrations (version, name, checksum, statements_done, "
                          "statements, state, "
                          "error) VALUES ({}, {}, {}, {}, {}, {}, {})",
                          target_.database, migration.id, sql_text(migration.name),
                          sql_text(state == "applied" ? migration.checksum : checksum_of(migration, done)),
                          done, migration.statements.size(), sql_text(state), sql_text(error)),
              deadline, std::move(stop)));
    static_cast<void>(ok);
    return {};
  }

  Result<void> write_lock(bool release, Deadline deadline, StopToken stop) {
    // A renewal keeps the time at which the lock was first asked for, which decides who comes first.
    if (acquired_.empty() || release) {
      if (release && acquired_.empty()) return {};
      if (!release) {
        DPCTL_TRY(const auto now,
                  query("SELECT toString(now64(9, 'UTC')) FORMAT TabSeparatedRaw", deadline, stop));
        acquired_ = trim(now);
      }
    }
    DPCTL_TRY(const auto ok, query(fmt::format("INSERT INTO {}.schema_migrations_lock (holder, acquired_at, "
                                               "expires_at, released) SELECT {}, toDateTime64({}, 9, 'UTC'), "
                                               "now64(3, 'UTC') + INTERVAL {} SECOND, {}",
                                               target_.database, sql_text(holder_), sql_text(acquired_),
                                               kLockSeconds, release ? 1 : 0),
                                   deadline, std::move(stop)));
    static_cast<void>(ok);
    if (release) acquired_.clear();
    return {};
  }

  Result<std::string> lock_holder(Deadline deadline, StopToken stop) {
    DPCTL_TRY(const auto answer,
              query(fmt::format("SELECT holder FROM {}.schema_migrations_lock FINAL WHERE released = 0 AND "
                                "expires_at > now64(3) "
                                "ORDER BY acquired_at, holder LIMIT 1 FORMAT TabSeparatedRaw",
                                target_.database),
                    deadline, std::move(stop)));
    return std::string(trim(answer));
  }

  void renew(const StopToken& end) {
    while (wait(kRenewEvery, end)) static_cast<void>(write_lock(false, Deadline::after(10s), end));
  }

  net::HttpClient& client_;
  ClickHouseTarget target_;
  std::string holder_, acquired_;
  std::jthread renewer_;
};

}  // namespace

std::unique_ptr<Store> clickhouse_store(net::HttpClient& client, ClickHouseTarget target) {
  return std::make_unique<ClickHouseStore>(client, std::move(target));
}

}  // namespace dpctl::migrate
