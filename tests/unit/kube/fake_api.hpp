#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "lib/kube/cluster.hpp"
#include "tests/unit/net/test_server.hpp"

namespace dpctl::kube::testing {

/// An API server for what a real one cannot do on demand: 410, 429, silence, garbage. It knows ConfigMaps
/// ("v1") and Deployments
/// ("apps/v1"); everything else is the test's own answer. HTTP/1.1, no TLS.
class FakeApi {
 public:
  struct Request {
    std::string method, target;  ///< "/api/v1/configmaps?limit=500"
    std::string text;            ///< the whole request
    int number = 0;              ///< 1 for the first request of the test's own
  };
  /// Answers on the connection; a 404 follows when it returns false.
  using Handler = std::function<bool(net::testing::Connection&, const Request&)>;

  explicit FakeApi(Handler handler);

  [[nodiscard]] Cluster cluster(Cluster::Options options = {}) const;
  [[nodiscard]] Connection connection() const;
  /// The targets asked for, discovery included.
  [[nodiscard]] std::vector<std::string> targets() const;

 private:
  void serve(net::testing::Connection&);

  Handler handler_;
  mutable std::mutex mutex_;
  std::vector<std::string> targets_;
  std::atomic<int> own_{0};
  net::testing::TestServer server_;
};

/// A response of JSON.
std::string json_response(int status, const std::string& body, const std::string& head = "");
std::string status_body(int code, const std::string& reason, const std::string& message);
std::string aggregated_core();
std::string aggregated_groups();
/// A ConfigMap as one line.
std::string config_map(const std::string& name, const std::string& version);
std::string config_map_list(const std::vector<std::string>& items, const std::string& version,
                            const std::string& next = "");

/// The beginning of a chunked answer, and its pieces.
void begin_stream(net::testing::Connection&);
bool send_piece(net::testing::Connection&, const std::string& text);
void end_stream(net::testing::Connection&);
std::string watch_line(const std::string& type, const std::string& object);

}  // namespace dpctl::kube::testing
