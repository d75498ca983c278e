#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"
#include "lib/image/image.hpp"
#include "lib/net/http_client.hpp"

namespace dpctl::image {

/// A challenge of WWW-Authenticate (RFC 9110 11.6.1): scheme in lower case, parameters with names in lower
/// case.
struct Challenge {
  std::string scheme;
  std::map<std::string, std::string> parameters;
};
/// The first challenge of the header field; scheme empty when there is none.
Challenge parse_challenge(std::string_view field);

/// One registry as an HTTP peer: which scheme it speaks, who we are there, where redirects lead. Thread-safe.
class Session {
 public:
  Session(std::string host, RegistryOptions options);

  /// Sends `request`, whose url is a path ("/v2/…") or an absolute address the registry gave (an upload's
  /// Location). A 401 is answered once with a token or the password; GET and HEAD follow redirects,
  /// credentials stay with the registry's own host.
  Result<net::Response> send(net::Request request, Deadline, StopToken);

  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  Result<std::string> base(Deadline, StopToken);
  Result<std::string> authorise(const Challenge&, Deadline, StopToken);
  Result<std::string> fetch_token(const Challenge&, Deadline, StopToken);
  Result<net::Response> follow(net::Request request, net::Response response, Deadline, StopToken);

  std::string host_;
  RegistryOptions options_;
  net::HttpClient client_;
  std::mutex mutex_;           ///< guards what follows
  std::string base_;           ///< "https://host"; empty until known
  std::string authorization_;  ///< the last that was accepted
};

/// The answer's own words: "[code] message" of the distribution spec's error list, else the status alone.
std::string explain(const net::Response& response);

/// `location` as the server meant it, seen from `url` (RFC 3986 5.2 for the forms that servers send).
std::string absolute(std::string_view url, std::string_view location);

}  // namespace dpctl::image
