// postgres_store.cpp: schema_migrations in PostgreSQL.
//
// A file is one transaction together with its record, so it is applied or not, never half. Files with a
// statement that PostgreSQL refuses inside a transaction (CREATE INDEX CONCURRENTLY, VACUUM, CREATE DATABASE,
// ALTER SYSTEM …) run statement by statement, each recorded. The lock is an advisory lock of a session of its
// own: it ends with that session, so a dead holder leaves nothing behind.
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "lib/base/strings.hpp"
#include "lib/migrate/migrate.hpp"
#include "lib/migrate/pq_api.hpp"

namespace dpctl::migrate {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLockKey =
    "7305123498765401";  // "dpctl migrate": any constant, the same for all who migrate this database

struct ConnectionDelete {
  void operator()(PGconn* connection) const { pq().finish(connection); }
};
struct ResultDelete {
  void operator()(PGresult* result) const { pq().clear(result); }
};
using Connection = std::unique_ptr<PGconn, ConnectionDelete>;
using Answer = std::unique_ptr<PGresult, ResultDelete>;

std::string message_of(PGconn* connection) { return std::string(trim(pq().errorMessage(connection))); }

/// Waits in short slices, so that a stop is seen.
Result<void> wait_for(PGconn* connection, short events, Deadline deadline, const StopToken& stop) {
  for (;;) {
    if (stop.stop_requested()) return fail(Code::interrupted, "stopped while waiting for postgres");
    if (deadline.passed()) return fail(Code::timed_out, "postgres does not answer in time").retryable();
    pollfd waiting{.fd = pq().socket(connection), .events = events, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(deadline.left().count() + 1, 100))) > 0)
      return {};
  }
}

Result<Connection> dial(const std::string& dsn, Deadline deadline, const StopToken& stop) {
  DPCTL_CHECK(load_pq());
  Connection connection(pq().connectStart(dsn.c_str()));
  if (!connection) return fail(Code::failed, "postgres: out of memory");
  auto state = pq().status(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) {
      const auto text = message_of(connection.get());
      const bool denied = text.find("authentication failed") != std::string::npos;
      return fail(denied ? Code::denied : Code::failed, "cannot connect to postgres: {}", text);
    }
    DPCTL_CHECK(
        wait_for(connection.get(), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline, stop));
    state = pq().connectPoll(connection.get());
  }
  return connection;
}

Result<Answer> execute(PGconn* connection, const std::string& sql, const std::vector<std::string>& parameters,
                       Deadline deadline, const StopToken& stop) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter.c_str());
  if (pq().sendQueryParams(connection, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                           nullptr, nullptr, 0) != 1)
    return fail(Code::failed, "postgres: {}", message_of(connection)).retryable();
  Answer answer;
  for (;;) {
    while (pq().isBusy(connection) != 0) {
      if (auto ready = wait_for(connection, POLLIN, deadline, stop); !ready) {
        std::array<char, 256> ignored{};
        if (auto* cancel = pq().getCancel(connection)) {
          pq().cancel(cancel, ignored.data(), static_cast<int>(ignored.size()));
          pq().freeCancel(cancel);
        }
        return fail(std::move(ready).error());
      }
      if (pq().consumeInput(connection) != 1)
        return fail(Code::failed, "postgres: {}", message_of(connection)).retryable();
    }
    Answer next(pq().getResult(connection));
    if (!next) break;
    answer = std::move(next);
  }
  if (!answer) return fail(Code::failed, "postgres: {}", message_of(connection)).retryable();
  return answer;
}

bool succeeded(const PGresult* result) {
  const auto status = pq().resultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

std::string field(const PGresult* result, int code) {
  const char* text = pq().resultErrorField(result, code);
  return text != nullptr ? text : "";
}

std::string cell(const PGresult* result, int row, int column) { return pq().getvalue(result, row, column); }

int to_int(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool outside_transactions(const Statement& statement) {
  std::string head = to_lower(statement.text.substr(0, 200));
  std::replace(head.begin(), head.end(), '\n', ' ');
  for (const std::string_view word :
       {"vacuum", "create database", "drop database", "alter system", "create tablespace", "drop tablespace"})
    if (head.starts_with(word)) return true;
  return head.find(" concurrently") != std::string::npos;
}

/// Where in the file the server's character position (1-based, in characters) is.
Place place_in(const Migration& migration, const Statement& statement, const std::string& position) {
  Place place{.subject = migration.path, .line = statement.line, .column = statement.column};
  std::size_t left = position.empty() ? 0 : static_cast<std::size_t>(std::max(0, to_int(position) - 1));
  std::size_t at = 0;
  while (at < statement.text.size() && left > 0) {
    if (statement.text[at] == '\n')
      ++place.line, place.column = 1;
    else
      ++place.column;
    ++at;
    // Bytes that continue a character do not count.
    while (at < statement.text.size() && (static_cast<unsigned char>(statement.text[at]) & 0xC0U) == 0x80U)
      ++at, ++place.column;
    --left;
  }
  const auto begin = at == 0 ? std::string::npos : statement.text.rfind('\n', at - 1);
  const auto from = begin == std::string::npos ? 0 : begin + 1;
  place.source_line = statement.text.substr(from, statement.text.find('\n', at) - from);
  return place;
}

class PostgresStore final : public Store {
 public:
  explicit PostgresStore(std::string dsn) : dsn_(std::move(dsn)) {}

  Engine engine() const override { return Engine::postgres; }

  std::string where() const override {
    char* why = nullptr;
    std::string host = "?", database = "?";
    if (!load_pq()) return "postgres";
    if (auto* options = pq().conninfoParse(dsn_.c_str(), &why)) {
      for (auto* option = options; option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        if (std::string_view(option->keyword) == "host") host = option->val;
        if (std::string_view(option->keyword) == "dbname") database = option->val;
      }
      pq().conninfoFree(options);
    }
    pq().freemem(why);
    return fmt::format("postgres at {}, database {}", host, database);
  }

  Result<std::vector<Applied>> applied(Deadline deadline, StopToken stop) override {
    DPCTL_CHECK(connect(deadline, stop));
    DPCTL_TRY(const auto there, ask("SELECT to_regclass('schema_migrations')::text", {}, deadline, stop));
    std::vector<Applied> rows;
    if (pq().getisnull(there.get(), 0, 0) != 0) return rows;
    DPCTL_TRY(const auto answer,
              ask("SELECT version, name, checksum, statements_done, statements, state, "
                  "to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), error "
                  "FROM schema_migrations ORDER BY version",
                  {}, deadline, stop));
    for (int r = 0; r < pq().ntuples(answer.get()); ++r) {
      const auto text = [&](int column) { return cell(answer.get(), r, column); };
      rows.push_back({.id = to_int(text(0)),
                      .name = text(1),
                      .checksum = text(2),
                      .statements_done = static_cast<std::size_t>(to_int(text(3))),
                      .statements = static_cast<std::size_t>(to_int(text(4))),
                      .state = text(5),
                      .applied_at = text(6),
                      .error = text(7)});
    }
    return rows;
  }

  Result<void> lock(Deadline deadline, StopToken stop) override {
    DPCTL_TRY(lock_connection_, dial(dsn_, deadline, stop));
    for (;;) {
      DPCTL_TRY(const auto got,
                execute(lock_connection_.get(), fmt::format("SELECT pg_try_advisory_lock({})", kLockKey), {},
                        deadline, stop));
      if (!succeeded(got.get()))
        return fail(Code::failed, "{} refuses the lock: {}", where(),
                    trim(pq().resultErrorMessage(got.get())));
      if (cell(got.get(), 0, 0) == "t") break;
      if (stop.stop_requested())
        return fail(Code::interrupted, "stopped while waiting for the lock of {}", where());
      if (deadline.left() < 1s)
        return fail(Code::conflict, "{} is being migrated by somebody else", where())
            .hint("wait until it is done")
            .retryable();
      std::this_thread::sleep_for(200ms);
    }
    DPCTL_CHECK(connect(deadline, stop));
    DPCTL_TRY(const auto made, ask("CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY "
                                   "KEY, name text NOT NULL, checksum text NOT NULL, "
                                   "statements_done integer NOT NULL, statements integer NOT NULL, state "
                                   "text NOT NULL, error text NOT NULL DEFAULT '', "
                                   "applied_at timestamptz NOT NULL DEFAULT now())",
                                   {}, deadline, stop));
    static_cast<void>(made);
    return {};
  }

  void unlock() override { lock_connection_.reset(); }

  Result<void> run(const Migration& migration, std::size_t from, Deadline deadline, StopToken stop) override {
    DPCTL_CHECK(connect(deadline, stop));
    const bool single =
        std::none_of(migration.statements.begin(), migration.statements.end(), outside_transactions);
    return single ? run_as_one(migration, deadline, stop) : run_one_by_one(migration, from, deadline, stop);
  }

 private:
  Result<void> connect(Deadline deadline, const StopToken& stop) {
    if (connection_ && pq().status(connection_.get()) == CONNECTION_OK) return {};
    DPCTL_TRY(connection_, dial(dsn_, deadline, stop));
    return {};
  }

  Result<Answer> ask(const std::string& sql, const std::vector<std::string>& parameters, Deadline deadline,
                     const StopToken& stop) {
    auto answer = execute(connection_.get(), sql, parameters, deadline, stop);
    if (!answer) {
      connection_.reset();
      return answer;
    }
    if (!succeeded(answer->get()))
      return fail(Code::failed, "{} refuses: {}", where(), trim(pq().resultErrorMessage(answer->get())));
    return answer;
  }

  Result<void> run_as_one(const Migration& migration, Deadline deadline, const StopToken& stop) {
    DPCTL_TRY(const auto begun, ask("BEGIN", {}, deadline, stop));
    for (std::size_t i = 0; i < migration.statements.size(); ++i) {
      if (auto done = statement(migration, i, deadline, stop); !done) {
        // Nothing of the file remains, and the record says so: it begins anew.
        if (connection_) static_cast<void>(ask("ROLLBACK", {}, Deadline::after(5s), {}));
        if (connect(Deadline::after(5s), {}))
          static_cast<void>(record(migration, 0, "failed", done.error().what, Deadline::after(5s), {}));
        return done;
      }
    }
    DPCTL_CHECK(record(migration, migration.statements.size(), "applied", "", deadline, stop));
    DPCTL_TRY(const auto ended, ask("COMMIT", {}, deadline, stop));
    return {};
  }

  Result<void> run_one_by_one(const Migration& migration, std::size_t from, Deadline deadline,
                              const StopToken& stop) {
    for (auto i = from; i < migration.statements.size(); ++i) {
      DPCTL_CHECK(record(migration, i, "running", "", deadline, stop));
      if (auto done = statement(migration, i, deadline, stop); !done) {
        if (connect(Deadline::after(5s), {}))
          static_cast<void>(record(migration, i, "failed", done.error().what, Deadline::after(5s), {}));
        return done;
      }
    }
    return record(migration, migration.statements.size(), "applied", "", deadline, stop);
  }

  Result<void> statement(const Migration& migration, std::size_t index, Deadline deadline,
                         const StopToken& stop) {
    const auto& statement = migration.statements[index];
    auto answer = execute(connection_.get(), statement.text, {}, deadline, stop);
    if (!answer) {
      connection_.reset();
      return fail(answer.error().code, "statement {} of {}", index + 1, migration.path)
          .because(answer.error())
          .at({.subject = migration.path, .line = statement.line, .column = statement.column});
    }
    if (succeeded(answer->get())) return {};
    const auto state = field(answer->get(), PG_DIAG_SQLSTATE);
    return fail(Code::failed, "statement {} of {} failed: {} (SQLSTATE {})", index + 1, migration.path,
                field(answer->get(), PG_DIAG_MESSAGE_PRIMARY), state)
        .at(place_in(migration, statement, field(answer->get(), PG_DIAG_STATEMENT_POSITION)))
        .hint("correct the file and apply again; what is recorded as done is not repeated");
  }

  Result<void> record(const Migration& migration, std::size_t done, const std::string& state,
                      const std::string& error, Deadline deadline, const StopToken& stop) {
    DPCTL_TRY(const auto ok,
              ask("INSERT INTO schema_migrations (version, name, checksum, statements_done, statements, "
                  "state, error) "
                  "VALUES ($1::int, $2, $3, $4::int, $5::int, $6, $7) ON CONFLICT (version) DO UPDATE SET "
                  "name = excluded.name, "
                  "checksum = excluded.checksum, statements_done = excluded.statements_done, statements = "
                  "excluded.statements, "
                  "state = excluded.state, error = excluded.error, applied_at = now()",
                  {std::to_string(migration.id), migration.name,
                   state == "applied" ? migration.checksum : checksum_of(migration, done),
                   std::to_string(done), std::to_string(migration.statements.size()), state, error},
                  deadline, stop));
    static_cast<void>(ok);
    return {};
  }

  std::string dsn_;
  Connection connection_, lock_connection_;
};

}  // namespace

std::unique_ptr<Store> postgres_store(std::string dsn) {
  return std::make_unique<PostgresStore>(std::move(dsn));
}

}  // namespace dpctl::migrate
