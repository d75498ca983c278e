#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline-services/io/http_server.hpp"
#include "pipeline-services/runtime/health.hpp"
#include "pipeline-services/runtime/log.hpp"
#include "pipeline-services/runtime/metrics.hpp"
#include "pipeline-services/runtime/settings.hpp"
#include "pipeline-services/runtime/stage.hpp"

namespace dpctl::runtime {

/// What a stage may use while it is made. All of it outlives the stage.
struct ServiceContext {
  const Settings& settings;
  Metrics& metrics;
  Health& health;        ///< add checks of the stage's own stores
  io::HttpServer& http;  ///< add the stage's routes
  const Log& log;
};

struct Service {
  std::string_view stage;    ///< "normalization": part of the group, the dead-letter topic and the name
  std::string_view summary;  ///< one line for --help
  bool serves_api = false;   ///< listens on the API port too
  std::function<Result<std::unique_ptr<Stage>>(ServiceContext&)> make;
};

/// main() of a service. --version, --help, --check-config; without arguments it runs until SIGTERM or SIGINT,
/// drains and ends with 0. Exit codes: 0 done, 1 failed, 2 wrong settings or arguments.
int service_main(int argc, char** argv, const Service& service);

}  // namespace dpctl::runtime
