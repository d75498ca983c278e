#include "lib/net/certificate.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <climits>
#include <ctime>

#include "lib/base/encoding.hpp"

namespace dpctl::net {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Freer<::BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Freer<::X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<::EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freer<::X509_EXTENSION_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Freer<::GENERAL_NAMES_free>>;
using Store = std::unique_ptr<X509_STORE, Freer<::X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<::X509_STORE_CTX_free>>;

constexpr std::size_t kMostCertificates = 1000;

/// The oldest error on OpenSSL's queue in words; empties the queue.
std::string openssl_reason() {
  const auto code = ::ERR_get_error();
  const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return reason == nullptr ? "OpenSSL gives no reason" : reason;
}

Failure openssl_failed(std::string_view doing) {
  return fail(Code::failed, "cannot {}", doing)
      .because(Error{.code = Code::failed, .what = openssl_reason()});
}

Bio reader(std::string_view text) {
  const auto size = text.size() > INT_MAX ? INT_MAX : static_cast<int>(text.size());
  return Bio(::BIO_new_mem_buf(text.data(), size));
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const auto size = ::BIO_get_mem_data(bio, &data);
  return size <= 0 ? std::string() : std::string(data, static_cast<std::size_t>(size));
}

std::string name_text(const X509_NAME* name) {
  const Bio out(::BIO_new(::BIO_s_mem()));
  ::X509_NAME_print_ex(out.get(), name, 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  return contents(out.get());
}

Certificate::Clock::time_point moment_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Certificate::Clock::from_time_t(::timegm(&parts));
}

std::string ip_text(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ::ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ::ASN1_STRING_length(address) != 16) return {};
  ::inet_ntop(family, ::ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

std::string ia5_text(const ASN1_IA5STRING* text) {
  return {reinterpret_cast<const char*>(::ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(::ASN1_STRING_length(text))};
}

void read_names(X509* x509, Certificate& certificate) {
  const GeneralNames names(
      static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) certificate.dns_names.push_back(ia5_text(name->d.dNSName));
    if (name->type == GEN_URI) certificate.uris.push_back(ia5_text(name->d.uniformResourceIdentifier));
    if (name->type == GEN_IPADD) certificate.ip_addresses.push_back(ip_text(name->d.iPAddress));
  }
}

Certificate describe(X509* x509) {
  Certificate certificate;
  certificate.subject = name_text(::X509_get_subject_name(x509));
  certificate.issuer = name_text(::X509_get_issuer_name(x509));
  certificate.not_before = moment_of(::X509_get0_notBefore(x509));
  certificate.not_after = moment_of(::X509_get0_notAfter(x509));
  certificate.is_authority = ::X509_check_ca(x509) == 1;
  read_names(x509, certificate);
  const std::unique_ptr<BIGNUM, Freer<::BN_free>> serial(
      ::ASN1_INTEGER_to_BN(::X509_get0_serialNumber(x509), nullptr));
  if (char* text = serial ? ::BN_bn2hex(serial.get()) : nullptr; text != nullptr) {
    certificate.serial = text;
    ::OPENSSL_free(text);
  }
  std::array<unsigned char, 32> digest{};
  ::X509_digest(x509, ::EVP_sha256(), digest.data(), nullptr);
  certificate.sha256 = to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  return certificate;
}

Result<std::vector<X509Ptr>> read_all(std::string_view pem) {
  std::vector<X509Ptr> all;
  const auto bio = reader(pem);
  while (X509* x509 = ::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    all.emplace_back(x509);
    if (all.size() > kMostCertificates)
      return fail(Code::usage, "more than {} certificates in one text", kMostCertificates);
  }
  const auto code = ::ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return fail(Code::usage, "certificate {} cannot be read", all.size() + 1)
        .because(Error{.code = Code::usage, .what = openssl_reason()});
  }
  ::ERR_clear_error();
  if (all.empty())
    return fail(Code::usage, "no certificate found")
        .hint("a PEM certificate begins with -----BEGIN CERTIFICATE-----");
  return all;
}

/// Refuses a key with a passphrase in place of asking on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<KeyPtr> read_key(std::string_view pem) {
  KeyPtr key(::PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, &no_passphrase, nullptr));
  if (!key) {
    return fail(Code::usage, "the private key cannot be read")
        .because(Error{.code = Code::usage, .what = openssl_reason()})
        .hint("it must be PEM without a passphrase");
  }
  return key;
}

std::string pem_of(X509* x509) {
  const Bio out(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_X509(out.get(), x509);
  return contents(out.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Bio out(::BIO_new(::BIO_s_mem()));
  ::PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return contents(out.get());
}

bool add_name(X509_NAME* name, const char* field, const std::string& value) {
  if (value.empty()) return true;
  return ::X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1;
}

bool add_extension(X509* x509, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  ::X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const Extension extension(::X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && ::X509_add_ext(x509, extension.get(), -1) == 1;
}

/// Built by hand and not from OpenSSL's configuration language, in which a comma in a name would begin
/// another name.
bool add_alternative_names(X509* x509, const CertificateRequest& request) {
  const GeneralNames names(::GENERAL_NAMES_new());
  const auto add = [&](int type, const std::string& value) {
    GENERAL_NAME* name = ::a2i_GENERAL_NAME(nullptr, nullptr, nullptr, type, value.c_str(), 0);
    return name != nullptr && sk_GENERAL_NAME_push(names.get(), name) > 0;
  };
  bool good = true;
  for (const auto& value : request.dns_names) good = good && add(GEN_DNS, value);
  for (const auto& value : request.ip_addresses) good = good && add(GEN_IPADD, value);
  for (const auto& value : request.uris) good = good && add(GEN_URI, value);
  if (sk_GENERAL_NAME_num(names.get()) == 0) return good;
  return good && ::X509_add1_ext_i2d(x509, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

enum class Role { root, intermediate, leaf };

bool add_extensions(X509* x509, X509* issuer, const CertificateRequest& request, Role role) {
  const bool leaf = role == Role::leaf;
  const char* constraints = role == Role::root           ? "critical,CA:TRUE"
                            : role == Role::intermediate ? "critical,CA:TRUE,pathlen:0"
                                                         : "critical,CA:FALSE";
  return add_extension(x509, issuer, NID_basic_constraints, constraints) &&
         add_extension(x509, issuer, NID_key_usage,
                       leaf ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign") &&
         add_extension(x509, issuer, NID_subject_key_identifier, "hash") &&
         add_extension(x509, issuer, NID_authority_key_identifier, "keyid") &&
         (!leaf || add_extension(x509, issuer, NID_ext_key_usage, "serverAuth,clientAuth")) &&
         add_alternative_names(x509, request);
}

/// A certificate for `key`; `issuer` and `issuer_key` are null for a root, which signs itself.
Result<X509Ptr> make(const CertificateRequest& request, Role role, EVP_PKEY* key, X509* issuer,
                     EVP_PKEY* issuer_key) {
  X509Ptr x509(::X509_new());
  const auto serial = random_bytes(16);
  std::unique_ptr<BIGNUM, Freer<::BN_free>> number(::BN_bin2bn(
      reinterpret_cast<const unsigned char*>(serial.data()), static_cast<int>(serial.size()), nullptr));
  ::BN_clear_bit(number.get(), 127);  // positive, RFC 5280 4.1.2.2
  X509_NAME* name = ::X509_get_subject_name(x509.get());
  const bool good =
      ::X509_set_version(x509.get(), X509_VERSION_3) == 1 &&
      ::BN_to_ASN1_INTEGER(number.get(), ::X509_get_serialNumber(x509.get())) != nullptr &&
      ::ASN1_TIME_set(::X509_getm_notBefore(x509.get()), Certificate::Clock::to_time_t(request.not_before)) !=
          nullptr &&
      ::ASN1_TIME_set(::X509_getm_notAfter(x509.get()), Certificate::Clock::to_time_t(request.not_after)) !=
          nullptr &&
      add_name(name, "O", request.organization) && add_name(name, "CN", request.common_name) &&
      ::X509_set_issuer_name(x509.get(), issuer == nullptr ? name : ::X509_get_subject_name(issuer)) == 1 &&
      ::X509_set_pubkey(x509.get(), key) == 1 &&
      add_extensions(x509.get(), issuer == nullptr ? x509.get() : issuer, request, role) &&
      ::X509_sign(x509.get(), issuer_key == nullptr ? key : issuer_key, ::EVP_sha256()) > 0;
  if (!good) return openssl_failed(fmt::format("make a certificate for \"{}\"", request.common_name));
  return x509;
}

Result<KeyPtr> new_key() {
  KeyPtr key(::EVP_EC_gen("P-256"));
  if (!key) return openssl_failed("make a key");
  return key;
}

}  // namespace

Result<std::vector<Certificate>> parse_certificates(std::string_view pem) {
  DPCTL_TRY(const auto all, read_all(pem));
  std::vector<Certificate> certificates;
  certificates.reserve(all.size());
  for (const auto& x509 : all) certificates.push_back(describe(x509.get()));
  return certificates;
}

Result<bool> key_matches(std::string_view cert_pem, std::string_view key_pem) {
  DPCTL_TRY(const auto all, read_all(cert_pem));
  DPCTL_TRY(const auto key, read_key(key_pem));
  const bool matches = ::X509_check_private_key(all.front().get(), key.get()) == 1;
  ::ERR_clear_error();
  return matches;
}

Result<void> verify_chain(std::string_view cert_pem, std::string_view ca_pem,
                          Certificate::Clock::time_point moment) {
  DPCTL_TRY(const auto chain, read_all(cert_pem));
  DPCTL_TRY(const auto roots, read_all(ca_pem));
  const Store store(::X509_STORE_new());
  for (const auto& root : roots) ::X509_STORE_add_cert(store.get(), root.get());
  const std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * s) { sk_X509_free(s); })> others(
      sk_X509_new_null());
  for (const auto& x509 : chain) sk_X509_push(others.get(), x509.get());
  const StoreContext context(::X509_STORE_CTX_new());
  ::X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others.get());
  ::X509_STORE_CTX_set_time(context.get(), 0, Certificate::Clock::to_time_t(moment));
  if (::X509_verify_cert(context.get()) == 1) return {};
  ::ERR_clear_error();
  return fail(Code::failed, "the certificate of {} does not hold",
              name_text(::X509_get_subject_name(chain.front().get())))
      .because(Error{.code = Code::failed,
                     .what = ::X509_verify_cert_error_string(::X509_STORE_CTX_get_error(context.get()))});
}

struct CertificateAuthority::State {
  X509Ptr certificate;
  KeyPtr key;
  std::string certificate_pem;
  std::string key_pem;

  State(X509Ptr own_certificate, KeyPtr own_key)
      : certificate(std::move(own_certificate)),
        key(std::move(own_key)),
        certificate_pem(pem_of(certificate.get())),
        key_pem(pem_of(key.get())) {}

  [[nodiscard]] Result<KeyPair> sign(const CertificateRequest& request, Role role) const {
    DPCTL_TRY(const auto new_one, new_key());
    DPCTL_TRY(const auto x509, make(request, role, new_one.get(), certificate.get(), key.get()));
    return KeyPair{.certificate_pem = pem_of(x509.get()), .key_pem = pem_of(new_one.get())};
  }
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<State> state) : state_(std::move(state)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

Result<CertificateAuthority> CertificateAuthority::create(std::string_view common_name,
                                                          Certificate::Clock::time_point not_before,
                                                          Certificate::Clock::time_point not_after) {
  const CertificateRequest request{
      .common_name = std::string(common_name), .not_before = not_before, .not_after = not_after};
  DPCTL_TRY(auto key, new_key());
  DPCTL_TRY(auto x509, make(request, Role::root, key.get(), nullptr, nullptr));
  return CertificateAuthority(std::make_unique<State>(std::move(x509), std::move(key)));
}

Result<CertificateAuthority> CertificateAuthority::load(std::string_view certificate_pem,
                                                        std::string_view key_pem) {
  DPCTL_TRY(auto all, read_all(certificate_pem));
  DPCTL_TRY(auto key, read_key(key_pem));
  if (::X509_check_private_key(all.front().get(), key.get()) != 1) {
    ::ERR_clear_error();
    return fail(Code::usage, "the key does not belong to the certificate of {}",
                name_text(::X509_get_subject_name(all.front().get())));
  }
  if (::X509_check_ca(all.front().get()) != 1) {
    return fail(Code::usage, "the certificate of {} is no authority",
                name_text(::X509_get_subject_name(all.front().get())));
  }
  return CertificateAuthority(std::make_unique<State>(std::move(all.front()), std::move(key)));
}

Result<KeyPair> CertificateAuthority::issue(const CertificateRequest& request) const {
  return state_->sign(request, Role::leaf);
}
Result<KeyPair> CertificateAuthority::issue_intermediate(const CertificateRequest& request) const {
  return state_->sign(request, Role::intermediate);
}
const std::string& CertificateAuthority::certificate_pem() const { return state_->certificate_pem; }
const std::string& CertificateAuthority::key_pem() const { return state_->key_pem; }

}  // namespace dpctl::net
