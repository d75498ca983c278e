// driver.cpp: lib/migrate from a command line, for the system tests against real engines.
//
//   migrate_driver clickhouse|postgres apply|plan|status|verify FOLDER|builtin TARGET [PASSWORD]
//
// TARGET: a DSN, or URL,USER,DATABASE. Prints one line for each entry or event; errors as "error CODE PLACE
// WHAT"; exit 0, 1, or 6 on conflict.
#include <cstdio>

#include "lib/base/strings.hpp"
#include "lib/migrate/migrate.hpp"
#include "lib/net/http_client.hpp"

namespace {

using namespace dpctl;
using namespace dpctl::migrate;

class PrintEvents final : public EventSink {
 public:
  void emit(const Event& event) override {
    std::printf("event %d %s %s\n", static_cast<int>(event.kind), event.id.c_str(), event.text.c_str());
  }
};

Result<void> run(Store& store, const std::string& verb, const std::vector<Migration>& migrations) {
  const auto deadline = Deadline::after(std::chrono::seconds(30));
  if (verb == "apply") {
    PrintEvents events;
    DPCTL_TRY(const auto outcome, apply(store, migrations, deadline, {}, events));
    std::printf("applied %zu migrations %zu statements, %zu unchanged\n", outcome.migrations,
                outcome.statements, outcome.unchanged);
    return {};
  }
  if (verb == "verify") return verify(store, migrations, deadline);
  if (verb == "plan") {
    DPCTL_TRY(const auto planned, plan(store, migrations, deadline));
    for (const auto& entry : planned.todo)
      std::printf("todo %03d %s from %zu\n", entry.id, entry.name.c_str(), entry.statements_done);
    return {};
  }
  DPCTL_TRY(const auto entries, status(store, migrations, deadline));
  for (const auto& entry : entries)
    std::printf("%03d %s %s %zu/%zu\n", entry.id, entry.name.c_str(),
                std::string(name_of(entry.state)).c_str(), entry.statements_done, entry.statements);
  return {};
}

int report(const Error& error) {
  std::printf("error %s %s %s\n", std::string(name_of(error.code)).c_str(),
              error.where ? to_string(*error.where).c_str() : "-", error.what.c_str());
  return error.code == Code::conflict ? 6 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const auto engine = std::string(argv[1]) == "clickhouse" ? Engine::clickhouse : Engine::postgres;
  const std::string folder = argv[3];
  const auto migrations = folder == "builtin" ? builtin(engine) : load_directory(folder, engine);
  if (!migrations) return report(migrations.error());
  net::HttpClient client;
  std::unique_ptr<Store> store;
  if (engine == Engine::postgres) {
    store = postgres_store(argv[4]);
  } else {
    const std::string target = argv[4];
    const auto parts = split(target, ',');
    if (parts.size() != 3) return 2;
    store = clickhouse_store(client, {.url = std::string(parts[0]),
                                      .user = std::string(parts[1]),
                                      .password = argc > 5 ? argv[5] : "",
                                      .database = std::string(parts[2])});
  }
  const auto done = run(*store, argv[2], *migrations);
  return done ? 0 : report(done.error());
}
