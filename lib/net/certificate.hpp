#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::net {

/// What an operator asks of an X.509 certificate.
struct Certificate {
  using Clock = std::chrono::system_clock;

  std::string subject{};  ///< RFC 2253: "CN=web,O=example"
  std::string issuer{};
  std::string serial{};  ///< hexadecimal, upper case
  Clock::time_point not_before{};
  Clock::time_point not_after{};
  std::vector<std::string> dns_names{};     ///< subject alternative names
  std::vector<std::string> ip_addresses{};  ///< "10.0.0.1", "2001:db8::1"
  std::vector<std::string> uris{};          ///< such as SPIFFE identities
  bool is_authority = false;                ///< basic constraints
  std::string sha256{};                     ///< of the DER form, 64 lower-case hexadecimal digits

  [[nodiscard]] bool valid_at(Clock::time_point moment) const {
    return not_before <= moment && moment <= not_after;
  }
  [[nodiscard]] bool expires_within(std::chrono::seconds span, Clock::time_point now) const {
    return not_after - now <= span;
  }
};

/// Every certificate of a PEM text, in its order (a chain or a bundle); other PEM blocks and text between
/// them are skipped. Code::usage when there is none or one cannot be read. At most 1,000.
Result<std::vector<Certificate>> parse_certificates(std::string_view pem);

/// Does the private key (PEM) belong to the first certificate of `cert_pem`?
Result<bool> key_matches(std::string_view cert_pem, std::string_view key_pem);

/// Was the first certificate of `cert_pem` signed, directly or through others in it, by one of `ca_pem`, and
/// is it valid at `moment`? Code::failed with OpenSSL's reason when not.
Result<void> verify_chain(std::string_view cert_pem, std::string_view ca_pem,
                          Certificate::Clock::time_point moment);

/// A certificate with its key, both PEM.
struct KeyPair {
  std::string certificate_pem{};
  std::string key_pem{};
};

/// What a certificate is to say.
struct CertificateRequest {
  std::string common_name{};
  std::string organization{};  ///< a group, for Kubernetes' client certificates; may be empty
  std::vector<std::string> dns_names{};
  std::vector<std::string> ip_addresses{};
  std::vector<std::string> uris{};
  Certificate::Clock::time_point not_before{};
  Certificate::Clock::time_point not_after{};
};

/// Makes certificates (ECDSA P-256, SHA-256) that its own root signs. Keys are PKCS #8. Not thread-safe.
class CertificateAuthority {
 public:
  /// A new self-signed root.
  static Result<CertificateAuthority> create(std::string_view common_name,
                                             Certificate::Clock::time_point not_before,
                                             Certificate::Clock::time_point not_after);
  /// One that exists. Code::usage when the two do not belong together or the certificate is no authority.
  static Result<CertificateAuthority> load(std::string_view certificate_pem, std::string_view key_pem);

  CertificateAuthority(CertificateAuthority&&) noexcept;
  CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
  ~CertificateAuthority();

  /// A certificate for servers and clients alike (both extended key usages).
  [[nodiscard]] Result<KeyPair> issue(const CertificateRequest& request) const;
  /// An authority below this one, which can sign only leaves (path length 0).
  [[nodiscard]] Result<KeyPair> issue_intermediate(const CertificateRequest& request) const;

  [[nodiscard]] const std::string& certificate_pem() const;
  [[nodiscard]] const std::string& key_pem() const;

 private:
  struct State;
  explicit CertificateAuthority(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace dpctl::net
