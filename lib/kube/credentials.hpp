#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/data/json.hpp"

namespace dpctl::kube {

/// What a request carries to prove who sends it. Empty fields add nothing.
struct Grant {
  std::string authorization{};  ///< the header's value: "Bearer …"
  std::string client_cert_pem{};
  std::string client_key_pem{};
  bool operator==(const Grant&) const = default;
};

/// Where grants come from. Thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;
  /// The grant to use now. May read a file or run a plugin, and then blocks.
  virtual Result<Grant> grant(Deadline, StopToken) = 0;
  /// The server answered 401 to `refused`. True: grant() may now give another one, try once more.
  virtual bool refused(const Grant& refused) = 0;
};

/// Always the same; "" for anonymous or certificate only.
std::shared_ptr<Credentials> fixed_credentials(std::string authorization);

/// A bearer token in a file that somebody rotates: read again after a minute (as client-go does) and after a
/// 401. While the file cannot be read, the last token, or `fallback`, serves.
std::shared_ptr<Credentials> token_file_credentials(std::filesystem::path file, std::string fallback);

/// A user's `exec` section, completed with what the plugin must be told (k8s.io/client-go
/// plugin/pkg/client/auth/exec).
struct ExecPlugin {
  std::string user{};         ///< for messages
  std::string api_version{};  ///< client.authentication.k8s.io/v1 or …/v1beta1
  std::filesystem::path command{};
  std::filesystem::path base{};  ///< a command with a slash is relative to this folder
  std::vector<std::string> args{};
  std::map<std::string, std::string>
      environment{};  ///< the whole environment, with the section's `env` merged in
  std::string install_hint{};
  enum class Interactive { never, if_available, always } interactive_mode = Interactive::if_available;
  bool terminal = false;                  ///< is there a terminal to talk to?
  std::shared_ptr<const Json> cluster{};  ///< spec.cluster, when provideClusterInfo
  std::chrono::milliseconds timeout{60'000};
};

/// Runs the plugin when a grant is needed, and keeps it until it expires or is refused.
std::shared_ptr<Credentials> exec_credentials(ExecPlugin);

/// One run of the plugin: the grant, and when it ends (time_point::max when it does not say).
Result<std::pair<Grant, std::chrono::system_clock::time_point>> run_exec_plugin(const ExecPlugin&, Deadline,
                                                                                StopToken);

/// Fails with Code::denied, naming user and date, when the certificate has expired or is not valid yet; with
/// Code::usage when the PEM cannot be read or the key belongs to another certificate.
Result<void> check_client_certificate(const std::string& cert_pem, const std::string& key_pem,
                                      std::string_view user);

}  // namespace dpctl::kube
