#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/event.hpp"
#include "lib/base/result.hpp"

namespace dpctl::net {
class HttpClient;
}

namespace dpctl::migrate {

enum class Engine { clickhouse, postgres };
/// "clickhouse", "postgres".
std::string_view name_of(Engine engine);

/// One SQL statement and where it begins in its file (1-based; column in bytes).
struct Statement {
  std::string text;
  std::size_t line = 1;
  std::size_t column = 1;
};

/// Cuts a script at its semicolons, but not at those in strings, quoted names, comments or dollar quotes.
/// Comments before a statement are not part of it. Code::usage with file:line:column when a quote or comment
/// is not closed. At most 1 MiB and 10,000 statements.
Result<std::vector<Statement>> split_statements(std::string_view sql, std::string_view file, Engine engine);

/// A file NNN_name.sql.
struct Migration {
  int id = 0;
  std::string name;      ///< "core", of 001_core.sql
  std::string path;      ///< as it is named in errors
  std::string checksum;  ///< SHA-256 of the bytes
  std::vector<Statement> statements;
};

/// SHA-256 over the first `count` statements: what must stay as it is when a half-applied file is corrected.
std::string checksum_of(const Migration& migration, std::size_t count);

struct SourceFile {
  std::string_view path;
  std::string_view bytes;
};

/// In ascending order of id. Code::usage when a name has no number, two have the same, or a script cannot be
/// cut.
Result<std::vector<Migration>> load(std::span<const SourceFile> files, Engine engine);
/// The .sql files of a folder.
Result<std::vector<Migration>> load_directory(const std::filesystem::path& folder, Engine engine);
/// Those that this program carries (migrations/<engine>).
Result<std::vector<Migration>> builtin(Engine engine);

/// A row of schema_migrations.
struct Applied {
  int id = 0;
  std::string name;
  std::string
      checksum;  ///< of the file when applied; of the statements that are done (checksum_of) while it is not
  std::size_t statements_done = 0, statements = 0;
  std::string state;       ///< "applied", "running" (the one who ran it died) or "failed"
  std::string applied_at;  ///< ISO 8601
  std::string error;       ///< of the failed statement
  [[nodiscard]] bool complete() const { return state == "applied"; }
};

/// A database that remembers which migrations it has. Every call blocks until its deadline at the latest and
/// obeys the stop.
class Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual Engine engine() const = 0;
  /// "clickhouse at http://host:8123, database data_processing": for messages; never with a password.
  [[nodiscard]] virtual std::string where() const = 0;

  /// What is recorded; empty when nothing ever was. Writes nothing.
  virtual Result<std::vector<Applied>> applied(Deadline, StopToken) = 0;
  /// Makes schema_migrations and takes the lock. Code::conflict names the holder when it is not free before
  /// the deadline.
  virtual Result<void> lock(Deadline, StopToken) = 0;
  virtual void unlock() = 0;
  /// Runs the statements from number `from` on and records each. Only under the lock. The error has
  /// file:line:column and the server's words; what was done before it is recorded, so that another call
  /// continues there.
  virtual Result<void> run(const Migration&, std::size_t from, Deadline, StopToken) = 0;
};

/// ClickHouse over HTTP. The database is made (engine Atomic) when it is missing. `client` outlives the
/// store.
struct ClickHouseTarget {
  std::string url = "http://127.0.0.1:8123";
  std::string user = "default";
  std::string password{};
  std::string database = "data_processing";
};
std::unique_ptr<Store> clickhouse_store(net::HttpClient& client, ClickHouseTarget target);

/// PostgreSQL, directly: the advisory lock belongs to a session, which a pooler would share. `dsn`: libpq's
/// URL or key=value form.
std::unique_ptr<Store> postgres_store(std::string dsn);

/// How a migration stands.
struct Entry {
  enum class State {
    pending,  ///< not begun
    partial,  ///< begun and not finished
    applied,
    changed,  ///< recorded with another checksum
    unknown,  ///< recorded, but no such file here: the database is newer than this program
  };
  State state = State::pending;
  int id = 0;
  std::string name;
  std::string path;  ///< empty for unknown
  std::size_t statements_done = 0, statements = 0;
  std::string applied_at, error;
};
std::string_view name_of(Entry::State state);

/// All migrations, recorded or not, by id. Writes nothing.
Result<std::vector<Entry>> status(Store&, std::span<const Migration>, Deadline, StopToken = {});

struct Plan {
  std::vector<Entry> todo;  ///< pending and partial, in the order in which they will run
  std::size_t unchanged = 0;
};
/// Code::conflict when a recorded file has changed, or when a pending one has a smaller id than an applied
/// one.
Result<Plan> plan(Store&, std::span<const Migration>, Deadline, StopToken = {});

struct Outcome {
  std::size_t migrations = 0, statements = 0;  ///< run now
  std::size_t unchanged = 0;
};
/// Takes the lock, plans again under it and runs what is to do. Nothing to do: nothing is written.
Result<Outcome> apply(Store&, std::span<const Migration>, Deadline, StopToken, EventSink&);

/// Code::unhealthy with one hint for each migration that is not applied as it stands here.
Result<void> verify(Store&, std::span<const Migration>, Deadline, StopToken = {});

}  // namespace dpctl::migrate
