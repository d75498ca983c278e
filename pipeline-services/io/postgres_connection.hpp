#pragma once

#include <libpq-fe.h>

#include "pipeline-services/io/postgres.hpp"

/// Between the files of the PostgreSQL adapter only: nobody else sees libpq.
namespace dpctl::io {

struct PostgresConnectionDelete {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct PostgresAnswerDelete {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresConnection = std::unique_ptr<PGconn, PostgresConnectionDelete>;
using PostgresAnswer = std::unique_ptr<PGresult, PostgresAnswerDelete>;

/// Connects, within the options' connect timeout.
Result<PostgresConnection> open_postgres(const PostgresOptions& options);

}  // namespace dpctl::io
