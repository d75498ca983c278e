#include "pipeline-services/io/postgres.hpp"

#include <poll.h>

#include <algorithm>

#include "lib/base/deadline.hpp"
#include "lib/base/strings.hpp"
#include "pipeline-services/io/postgres_connection.hpp"

namespace dpctl::io {
namespace {

std::string message_of(PGconn* connection) { return std::string(trim(PQerrorMessage(connection))); }

/// Waits until the socket can be read or written as asked.
bool wait_for(PGconn* connection, short events, Deadline deadline) {
  pollfd waiting{.fd = PQsocket(connection), .events = events, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(deadline.left().count())) > 0;
}

}  // namespace

Result<PostgresConnection> open_postgres(const PostgresOptions& options) {
  const auto deadline = Deadline::after(options.connect_timeout);
  PostgresConnection connection(PQconnectStart(options.dsn.c_str()));
  if (!connection || PQstatus(connection.get()) == CONNECTION_BAD)
    return fail(Code::failed, "postgres: {}", connection ? message_of(connection.get()) : "out of memory")
        .retryable();
  auto state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED)
      return fail(Code::failed, "postgres: {}", message_of(connection.get())).retryable();
    if (!wait_for(connection.get(), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline))
      return fail(Code::timed_out, "postgres does not answer").retryable();
    state = PQconnectPoll(connection.get());
  }
  return connection;
}

struct Postgres::State {
  PostgresOptions options;
  PostgresConnection connection;

  Result<PostgresAnswer> run(const std::string& sql, std::span<const std::string> parameters) {
    std::vector<const char*> values;
    for (const auto& parameter : parameters) values.push_back(parameter.c_str());
    auto* raw = connection.get();
    if (PQsendQueryParams(raw, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                          nullptr, 0) != 1)
      return fail(Code::failed, "postgres: {}", message_of(raw)).retryable();
    const auto deadline = Deadline::after(options.timeout);
    PostgresAnswer answer;
    for (;;) {
      while (PQisBusy(raw) != 0) {
        if (!wait_for(raw, POLLIN, deadline))
          return fail(Code::timed_out, "postgres does not answer").retryable();
        if (PQconsumeInput(raw) != 1) return fail(Code::failed, "postgres: {}", message_of(raw)).retryable();
      }
      PostgresAnswer next(PQgetResult(raw));
      if (!next) break;
      answer = std::move(next);
    }
    if (!answer) return fail(Code::failed, "postgres: {}", message_of(raw)).retryable();
    return answer;
  }
};

Postgres::Postgres(PostgresOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Postgres::~Postgres() = default;
Postgres::Postgres(Postgres&&) noexcept = default;
Postgres& Postgres::operator=(Postgres&&) noexcept = default;

Result<std::vector<PostgresRow>> Postgres::query(const std::string& sql,
                                                 std::span<const std::string> parameters) {
  if (!state_->connection) {
    DPCTL_TRY(state_->connection, open_postgres(state_->options));
  }
  auto answer = state_->run(sql, parameters);
  if (!answer) {
    state_->connection.reset();
    return fail(std::move(answer).error());
  }
  const auto* result = answer->get();
  const auto status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const char* code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string state = code != nullptr ? code : "";
    auto error = Error{.code = state == "42P01" ? Code::not_found : Code::failed,
                       .what = fmt::format("postgres: {}", trim(PQresultErrorMessage(result)))};
    if (state == "42P01") error.hints.emplace_back("dpctl migrate apply postgres");
    error.retryable = state.starts_with("08") || state.starts_with("40") || state.starts_with("53") ||
                      state.starts_with("57");
    if (PQstatus(state_->connection.get()) != CONNECTION_OK) state_->connection.reset();
    return fail(std::move(error));
  }
  std::vector<PostgresRow> rows(static_cast<std::size_t>(PQntuples(result)));
  for (int r = 0; r < PQntuples(result); ++r) {
    for (int c = 0; c < PQnfields(result); ++c) {
      auto& row = rows[static_cast<std::size_t>(r)];
      if (PQgetisnull(result, r, c) != 0)
        row.emplace_back();
      else
        row.emplace_back(
            std::string(PQgetvalue(result, r, c), static_cast<std::size_t>(PQgetlength(result, r, c))));
    }
  }
  return rows;
}

std::string postgres_array(std::span<const std::string> items) {
  std::string out = "{";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : item) {
      if (c == '"' || c == '\\') out += '\\';
      if (c != '\0') out += c;
    }
    out += '"';
  }
  return out + "}";
}

}  // namespace dpctl::io
