// http_error.cpp: from libcurl's result codes to sentences for an operator.
//
// libcurl has one code for several causes (60: expired, unknown authority, wrong name; 35: every failed
// handshake), so the verification result, the system's errno and, last, the text of OpenSSL decide.
#include "lib/net/http_error.hpp"

#include <openssl/x509_vfy.h>

#include <cerrno>
#include <cstring>

#include "lib/base/strings.hpp"

namespace dpctl::net {
namespace {

bool says(const TransferFailure& failure, std::string_view words) {
  return to_lower(failure.detail).find(words) != std::string::npos;
}

/// A TLS 1.3 server refuses a client's certificate after the handshake, in the place of an answer.
bool refuses_certificate(const TransferFailure& failure) {
  return says(failure, "alert") && says(failure, "certificate");
}

std::string system_reason(const TransferFailure& failure) {
  switch (failure.os_errno) {
    case 0: break;
    case ECONNREFUSED: return "connection refused";
    case EHOSTUNREACH: return "no route to host";
    case ENETUNREACH: return "network is unreachable";
    case ETIMEDOUT: return "connection timed out";
    case ECONNRESET: return "connection reset by the other side";
    default: return to_lower(std::generic_category().message(failure.os_errno));
  }
  return to_lower(failure.detail);
}

Failure cannot_connect(const TransferFailure& failure) {
  const auto& whom = failure.proxy.empty() ? failure.target : failure.proxy;
  return fail(Code::failed, "cannot connect to {}{}", failure.proxy.empty() ? "" : "the proxy ", whom)
      .because(Error{.code = Code::failed, .what = system_reason(failure)})
      .hint("is the server running, and is {} the right address?", whom)
      .retryable();
}

Failure unresolved(const std::string& whom) {
  return fail(Code::failed, "could not resolve {}", whom.substr(0, whom.rfind(':')))
      .hint("check the spelling of the host name and this machine's name server")
      .retryable();
}

Failure bad_certificate(const TransferFailure& failure) {
  const auto& target = failure.target;
  auto error = [&](std::string why) {
    return fail(Code::failed, "cannot trust the certificate of {}", target)
        .because(Error{.code = Code::failed, .what = std::move(why)});
  };
  switch (failure.verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return error("it has expired").hint("renew the server's certificate, or check this machine's clock");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return error("it is not valid yet").hint("check the clocks of this machine and of the server");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return error("it is signed by an unknown authority")
          .hint("give the certificate authority that signed it");
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH: break;  // the chain is good, the name is not
    default: return error(to_lower(::X509_verify_cert_error_string(failure.verify_result)));
  }
  return error("it is made out to another name")
      .hint("use a name that the certificate holds, or set the TLS server name");
}

Failure failed_handshake(const TransferFailure& failure) {
  if (says(failure, "wrong version number") || says(failure, "http request") ||
      says(failure, "packet length too long")) {
    return fail(Code::failed, "{} does not speak TLS", failure.target)
        .because(Error{.code = Code::failed, .what = "it gave a plain answer to an https request"})
        .hint("use http:// if that is what is meant, or another port");
  }
  if (says(failure, "alert")) {
    const bool wants_certificate = says(failure, "certificate");
    return fail(wants_certificate ? Code::denied : Code::failed, "{} refused the TLS connection",
                failure.target)
        .because(Error{.code = Code::failed, .what = failure.detail})
        .hint("{}", wants_certificate ? "give a client certificate that the server accepts"
                                      : "check TLS versions and the server's log");
  }
  return fail(Code::failed, "the TLS handshake with {} failed", failure.target)
      .because(Error{.code = Code::failed,
                     .what = failure.os_errno != 0 ? system_reason(failure) : failure.detail})
      .retryable();
}

Failure refused_by_proxy(const TransferFailure& failure) {
  const bool wants_login = failure.proxy_status == 407;
  return fail(wants_login ? Code::denied : Code::failed, "the proxy {} refused the way to {}", failure.proxy,
              failure.target)
      .because(Error{.code = Code::failed,
                     .what = fmt::format("it answered CONNECT with status {}", failure.proxy_status)})
      .hint("{}", wants_login ? "put user and password into the proxy's URL"
                              : "check the proxy's rules for this host and port");
}

Failure lost_connection(const TransferFailure& failure) {
  if (refuses_certificate(failure)) return failed_handshake(failure);
  return fail(Code::failed, "the connection to {} broke {}", failure.target,
              failure.dispatched ? "before the answer was complete" : "early")
      .because(
          Error{.code = Code::failed,
                .what = says(failure, "getpeername") ? "connection reset by the other side" : failure.detail})
      .retryable();
}

Failure failure_of(const TransferFailure& failure) {
  if (failure.proxy_status >= 300 && !failure.dispatched) return refused_by_proxy(failure);
  switch (failure.code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return fail(Code::usage, "this is not a usable URL: {}", failure.detail)
          .hint("write it as https://host:port/path");
    case CURLE_COULDNT_RESOLVE_HOST: return unresolved(failure.target);
    case CURLE_COULDNT_RESOLVE_PROXY: return unresolved(failure.proxy);
    case CURLE_COULDNT_CONNECT: return cannot_connect(failure);
    case CURLE_OPERATION_TIMEDOUT:
      if (failure.dispatched) return lost_connection(failure);  // the body stood still
      return fail(Code::timed_out, "no connection to {} within the connect timeout", failure.target)
          .hint("is {} reachable from here? A firewall that drops packets looks like this", failure.target)
          .retryable();
    case CURLE_PEER_FAILED_VERIFICATION: return bad_certificate(failure);
    case CURLE_SSL_CONNECT_ERROR: return failed_handshake(failure);
    case CURLE_SSL_CERTPROBLEM:
      return fail(Code::usage, "the client certificate or its key cannot be used for {}", failure.target)
          .because(Error{.code = Code::usage, .what = failure.detail})
          .hint("both must be PEM, and the key must belong to the certificate");
    case CURLE_SSL_CACERT_BADFILE:
      return fail(Code::usage, "the certificate authority for {} cannot be read", failure.target)
          .because(Error{.code = Code::usage, .what = failure.detail})
          .hint("it must be one or more PEM certificates");
    case CURLE_FILESIZE_EXCEEDED:
      return fail(Code::failed, "the answer of {} is larger than {} bytes", failure.target,
                  failure.max_bytes);
    case CURLE_TOO_MANY_REDIRECTS: return fail(Code::failed, "{} redirects without end", failure.target);
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return lost_connection(failure);
    default: break;
  }
  return fail(Code::failed, "the request to {} failed", failure.target)
      .because(Error{.code = Code::failed, .what = failure.detail});
}

}  // namespace

Error describe(const TransferFailure& failure) { return failure_of(failure).take(); }

bool spoils_connection(const TransferFailure& failure) {
  switch (failure.code) {
    case CURLE_OPERATION_TIMEDOUT: return failure.dispatched;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

Broken how_broken(const TransferFailure& failure) {
  if (failure.proxy_status >= 300 && !failure.dispatched) return Broken::final;
  if (refuses_certificate(failure)) return Broken::final;
  if (spoils_connection(failure)) return failure.dispatched ? Broken::maybe_sent : Broken::not_sent;
  if (failure.code == CURLE_COULDNT_CONNECT) return Broken::not_sent;
  // A handshake that the network cut short, in contrast to one that a side refused for a reason.
  if (failure.code == CURLE_SSL_CONNECT_ERROR && failure.os_errno != 0) return Broken::not_sent;
  return Broken::final;
}

}  // namespace dpctl::net
