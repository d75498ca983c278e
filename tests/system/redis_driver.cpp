// Writes 1, 2, 3, … as versions of one key through io::Redis and the Sentinels, and says what became of each:
// the writer of test_redis_failover.py.
//
//   redis_driver HOST:PORT,… MASTER KEY        until stdin ends; one line a write: "ok N" or "error TEXT"
#include <poll.h>

#include <cstdio>
#include <thread>

#include "pipeline-services/io/redis.hpp"

int main(int argc, char** argv) {
  using namespace dpctl;
  if (argc != 4) return 2;
  const auto sentinels = io::parse_host_list(argv[1]);
  if (!sentinels) return 2;
  io::Redis redis({.sentinels = *sentinels, .master = argv[2], .timeout = std::chrono::milliseconds(500)});
  for (std::int64_t version = 1;; ++version) {
    const io::VersionedValue value{.key = argv[3], .value = std::to_string(version), .time = version};
    const auto written = redis.put_newer({&value, 1});
    if (written)
      std::printf("ok %lld\n", static_cast<long long>(version));
    else
      std::printf("error %s\n", one_line(written.error()).c_str());
    std::fflush(stdout);
    pollfd input{.fd = 0, .events = POLLIN, .revents = 0};
    if (::poll(&input, 1, 50) > 0) return 0;
  }
}
