#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/data/json.hpp"
#include "lib/kube/credentials.hpp"
#include "lib/kube/kubeconfig.hpp"
#include "lib/net/http_client.hpp"

namespace dpctl::kube {

/// One request to the API server, before it is authorised.
struct Call {
  std::string method = "GET";
  std::string path;     ///< with query, encoded: "/api/v1/namespaces/x/pods?limit=500"
  std::string subject;  ///< for Error.where: "apply deployment.apps/web in data-processing"
  std::string body{};
  std::string content_type{};
  std::string accept{"application/json"};
  std::optional<bool> idempotent{};
};

/// "?a=b&c=d", percent-encoded; empty values are left out.
class Query {
 public:
  Query& add(std::string_view name, std::string_view value);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// The road to one API server: authorises requests, renews credentials once after a 401, shows warnings, and
/// turns Status answers into errors. Thread-safe.
class Requests {
 public:
  Requests(Connection connection, std::function<void(std::string_view)> on_warning,
           std::function<void(std::string_view)> trace);

  [[nodiscard]] const Connection& connection() const { return connection_; }
  net::HttpClient& http();

  /// An answer of 2xx; every other is an Error.
  Result<net::Response> send(const Call&, Deadline, const StopToken&);
  /// The body of the answer as a tree.
  Result<Json> json(const Call&, Deadline, const StopToken&);
  /// All at once; answers in the order of the calls.
  std::vector<Result<net::Response>> send_all(std::span<const Call>, Deadline, const StopToken&,
                                              const std::function<void(std::size_t)>& on_done = {});
  std::vector<Result<Json>> json_all(std::span<const Call>, Deadline, const StopToken&,
                                     const std::function<void(std::size_t)>& on_done = {});
  /// A body that comes piece by piece; its status is 200.
  Result<std::unique_ptr<net::BodyStream>> stream(const Call&, Deadline, const StopToken&);

  /// The headers and options for a connection of another kind (WebSocket).
  struct Raw {
    net::Headers headers;
    net::ClientOptions options;
    Grant grant;
  };
  Result<Raw> raw(Deadline, const StopToken&);
  /// The server answered 401 to that grant; true: try once more.
  bool refused(const Grant& grant) { return connection_.credentials->refused(grant); }

  /// Says something once (see Cluster::Options::on_warning).
  void warn(const std::string& text);

 private:
  Result<Grant> grant(Deadline, const StopToken&);
  net::HttpClient& client(const Grant&);
  [[nodiscard]] net::Request request(const Call&, const Grant&) const;
  [[nodiscard]] net::Headers identity(const Grant&) const;
  Result<net::Response> judge(Result<net::Response>, const Call&);
  void warn_of(const net::Headers&);

  Connection connection_;
  std::function<void(std::string_view)> on_warning_;
  std::mutex mutex_;
  std::set<std::string> warned_;
  /// A plugin may hand out another client certificate; then there is another client. Old ones stay: streams
  /// run on them.
  struct Client {
    std::string cert_pem;
    std::unique_ptr<net::HttpClient> http;
  };
  std::vector<Client> clients_;
};

/// What the server says in `body` (a Status object, or anything) with that status code, as an Error.
Error status_error(int status, std::string_view body, const std::string& subject, const Connection&);
/// The same for a Status object inside of a stream.
Error status_error(const Json& status, const std::string& subject, const Connection&);
/// Is it 410 Gone, or Expired?
bool is_gone(const Error&);

}  // namespace dpctl::kube
