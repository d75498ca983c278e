#pragma once

#include <string>
#include <string_view>

#include "lib/base/error.hpp"
#include "lib/net/curl_api.hpp"
#include "lib/net/retry.hpp"

namespace dpctl::net {

/// What libcurl tells of a transfer that brought no answer.
struct TransferFailure {
  CURLcode code = CURLE_OK;
  std::string detail{};  ///< CURLOPT_ERRORBUFFER, or strerror
  std::string target{};  ///< "host:port"
  std::string proxy{};   ///< "host:port", empty without
  int os_errno = 0;
  long verify_result = 0;     ///< X509_V_ERR_…; 0 when the chain was good
  int proxy_status = 0;       ///< the proxy's answer to CONNECT
  bool dispatched = false;    ///< the connection stood and the request was being sent
  std::size_t max_bytes = 0;  ///< the size cap in force
};

/// An Error that names host and port, the cause in plain words, and what to do next.
Error describe(const TransferFailure& failure);

/// May the request be repeated?
Broken how_broken(const TransferFailure& failure);

/// Does the failure say that the connection itself is spoilt, so that a repetition needs another one?
bool spoils_connection(const TransferFailure& failure);

}  // namespace dpctl::net
