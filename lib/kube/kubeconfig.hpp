#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/net/http_client.hpp"

namespace dpctl::kube {

/// What the command line and the environment say about the connection; the names are kubectl's flags. `lib`
/// reads no environment: cli/app fills this in.
struct ConnectionOptions {
  std::vector<std::filesystem::path>
      kubeconfig{};  ///< merged first-wins, as KUBECONFIG lists are; empty: in-cluster, then defaults
  bool explicit_kubeconfig = false;  ///< --kubeconfig: a missing file is an error
  std::string context{}, cluster{}, user{}, ns{};
  std::string server{}, token{};
  std::filesystem::path token_file{};
  std::string as{}, as_uid{};
  std::vector<std::string> as_groups{};
  std::optional<bool> insecure_skip_tls_verify{};
  std::filesystem::path certificate_authority{}, client_certificate{}, client_key{};
  std::string tls_server_name{};
  std::string proxy{};  ///< from HTTPS_PROXY and NO_PROXY; proxy-url of the kubeconfig wins
  std::map<std::string, std::string>
      environment{};         ///< for exec plugins and in-cluster discovery (KUBERNETES_SERVICE_HOST …)
  bool interactive = false;  ///< may an exec plugin talk to the terminal?
  /// Where a pod finds its token, ca.crt and namespace.
  std::filesystem::path service_account_dir{"/var/run/secrets/kubernetes.io/serviceaccount"};
};

/// Adds `Authorization` (and nothing else) to requests; knows how to refresh after a 401.
class Credentials;

/// A resolved connection: where, whom to trust, who we are.
struct Connection {
  std::string server;            ///< "https://10.99.0.1:6443", no trailing slash
  std::string ns = "default";    ///< the context's namespace
  std::string context;           ///< its name, "" in-cluster
  net::ClientOptions http{};     ///< TLS and proxy filled in
  net::Headers impersonation{};  ///< Impersonate-* headers
  bool disable_compression = false;
  std::shared_ptr<Credentials> credentials;
};

/// Reads and merges the files, picks the context, loads certificates, prepares credentials. Starts an exec
/// plugin only when the first request needs its token. Errors name file:line:column, or what to pass.
Result<Connection> connect(const ConnectionOptions&);

}  // namespace dpctl::kube
