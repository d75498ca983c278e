#include <libpq-fe.h>
#include <poll.h>

#include <condition_variable>
#include <mutex>

#include "pipeline-services/io/postgres_connection.hpp"

namespace dpctl::io {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kAskEvery = 5s;  // silence after which the connection is tried

bool execute(PGconn* connection, const std::string& sql) {
  const PostgresAnswer answer(PQexec(connection, sql.c_str()));
  const auto status = PQresultStatus(answer.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

}  // namespace

PostgresListener::PostgresListener(std::string dsn, std::vector<std::string> channels, Callbacks callbacks)
    : dsn_(std::move(dsn)),
      channels_(std::move(channels)),
      callbacks_(std::move(callbacks)),
      thread_([this](const StopToken& stop) { run(stop); }) {}

PostgresListener::~PostgresListener() = default;

void PostgresListener::run(const StopToken& stop) {
  std::mutex waiting;
  std::condition_variable_any bell;
  while (!stop.stop_requested()) {
    listen(stop);
    std::unique_lock lock(waiting);
    bell.wait_for(lock, stop, 500ms, [] { return false; });
  }
}

// One connection from its begin to its end.
void PostgresListener::listen(const StopToken& stop) {
  const auto opened = open_postgres({.dsn = dsn_});
  if (!opened) return;
  auto* connection = opened->get();
  for (const auto& channel : channels_)
    if (!execute(connection, "LISTEN " + channel)) return;
  callbacks_.listening(true);
  auto asked = Clock::now();
  while (!stop.stop_requested()) {
    pollfd readable{.fd = PQsocket(connection), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&readable, 1, 100);
    if (ready < 0) break;
    if (ready > 0 && PQconsumeInput(connection) != 1) break;
    while (auto* raw = PQnotifies(connection)) {
      callbacks_.notified(raw->relname, raw->extra);
      PQfreemem(raw);
    }
    if (Clock::now() - asked < kAskEvery) continue;
    asked = Clock::now();
    if (!execute(connection, "SELECT 1")) break;
  }
  callbacks_.listening(false);
}

}  // namespace dpctl::io
