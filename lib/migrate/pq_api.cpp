#include "lib/migrate/pq_api.hpp"

#include "lib/base/dynamic_library.hpp"

namespace dpctl::migrate {
namespace {

Result<PqApi> load() {
  DPCTL_TRY(auto library, DynamicLibrary::open("libpq.so.5", "libpq5"));
  PqApi api;
  library.bind("PQcancel", api.cancel);
  library.bind("PQclear", api.clear);
  library.bind("PQconnectPoll", api.connectPoll);
  library.bind("PQconnectStart", api.connectStart);
  library.bind("PQconninfoFree", api.conninfoFree);
  library.bind("PQconninfoParse", api.conninfoParse);
  library.bind("PQconsumeInput", api.consumeInput);
  library.bind("PQerrorMessage", api.errorMessage);
  library.bind("PQfinish", api.finish);
  library.bind("PQfreeCancel", api.freeCancel);
  library.bind("PQfreemem", api.freemem);
  library.bind("PQgetCancel", api.getCancel);
  library.bind("PQgetResult", api.getResult);
  library.bind("PQgetisnull", api.getisnull);
  library.bind("PQgetvalue", api.getvalue);
  library.bind("PQisBusy", api.isBusy);
  library.bind("PQntuples", api.ntuples);
  library.bind("PQresultErrorField", api.resultErrorField);
  library.bind("PQresultErrorMessage", api.resultErrorMessage);
  library.bind("PQresultStatus", api.resultStatus);
  library.bind("PQsendQueryParams", api.sendQueryParams);
  library.bind("PQsocket", api.socket);
  library.bind("PQstatus", api.status);
  DPCTL_CHECK(library.outcome());
  return api;
}

const Result<PqApi>& loaded() {
  static const Result<PqApi> api = load();
  return api;
}

}  // namespace

Result<void> load_pq() {
  if (!loaded()) return fail(loaded().error());
  return {};
}

const PqApi& pq() { return *loaded(); }

}  // namespace dpctl::migrate
