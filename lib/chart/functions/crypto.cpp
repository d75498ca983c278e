// Keys, certificates and passwords, through OpenSSL.
#include <arpa/inet.h>
#include <crypt.h>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>

#include "lib/base/encoding.hpp"
#include "lib/chart/functions/base64.hpp"
#include "lib/chart/functions/function.hpp"
#include "lib/chart/functions/master_password.hpp"

namespace dpctl::chart {
namespace {

template <class T, void (*F)(T*)>
struct Free {
  void operator()(T* thing) const { F(thing); }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

constexpr int kCertificateBits = 2048;
constexpr int kPrivateKeyBits = 4096;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}
Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Key make_rsa_key(int bits) { return Key(EVP_RSA_gen(static_cast<unsigned>(bits))); }

/// RSA keys of one size. From the third on, a thread makes the next one while the templates go on: charts
/// that ask for many spend most of their time waiting for them. One key may be made in vain. Safe for
/// threads.
class RsaKeys {
 public:
  explicit RsaKeys(int bits) : bits_(bits) {}
  Key next() {
    {
      const std::lock_guard lock(mutex_);
      if (++asked_ >= kMany) {
        Key ready;
        if (ahead_.valid() && ahead_.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
          ready = ahead_.get();
        if (!ahead_.valid()) ahead_ = std::async(std::launch::async, make_rsa_key, bits_);
        if (ready) return ready;
      }
    }
    return make_rsa_key(bits_);
  }

 private:
  static constexpr int kMany = 3;
  const int bits_;
  std::mutex mutex_;
  int asked_ = 0;
  std::future<Key> ahead_;
};

Key rsa_key(int bits) {
  // OpenSSL's own clean-up must come after that of the keys, whose thread may still be at work. It is registered by the first
  // call that asks for something: 0 would ask for nothing.
  static const int initialised = OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  static RsaKeys certificates(kCertificateBits);
  static RsaKeys privates(kPrivateKeyBits);
  if (initialised == 0) throw_error("openssl cannot be initialised");
  return (bits == kCertificateBits ? certificates : privates).next();
}

Key dsa_key() {
  const KeyContext parameters(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
  EVP_PKEY* template_key = nullptr;
  EVP_PKEY_paramgen_init(parameters.get());
  EVP_PKEY_CTX_set_dsa_paramgen_bits(parameters.get(), 2048);
  EVP_PKEY_CTX_set_dsa_paramgen_q_bits(parameters.get(), 256);
  if (EVP_PKEY_paramgen(parameters.get(), &template_key) <= 0) throw_error("failed to generate dsa params");
  const Key with_parameters(template_key);
  const KeyContext generator(EVP_PKEY_CTX_new(with_parameters.get(), nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_keygen_init(generator.get());
  EVP_PKEY_keygen(generator.get(), &key);
  return Key(key);
}

/// In the form that Go's PEM blocks have: PKCS#1, SEC 1, or PKCS#8 for Ed25519.
std::string key_text(const Key& key) {
  const Bio out(BIO_new(BIO_s_mem()));
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519) {
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  } else {
    PEM_write_bio_PrivateKey_traditional(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }
  return text_of(out.get());
}

Value private_key(Call& call) {
  const auto& kind = call.text(0);
  if (kind.empty() || kind == "rsa") return Value::string(key_text(rsa_key(kPrivateKeyBits)));
  if (kind == "dsa") return Value::string(key_text(dsa_key()));
  if (kind == "ecdsa") return Value::string(key_text(Key(EVP_EC_gen("P-256"))));
  if (kind == "ed25519") return Value::string(key_text(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))));
  return Value::string("Unknown type " + kind);
}

/// What the certificate functions answer with.
class CertificateObject final : public Object {
 public:
  CertificateObject(std::string certificate, std::string key)
      : certificate_(Value::string(std::move(certificate))), key_(Value::string(std::move(key))) {}
  std::string_view type_name() const override { return "sprig.certificate"; }
  Value field(std::string_view name) const override {
    return name == "Cert" ? certificate_ : name == "Key" ? key_ : Value();
  }
  std::string print() const override { return "{" + certificate_.as_string() + " " + key_.as_string() + "}"; }
  Value plain() const override { return map_of({{"Cert", certificate_}, {"Key", key_}}); }

 private:
  Value certificate_, key_;
};

struct Issuer {
  Certificate certificate;
  Key key;
};

Key read_key(const std::string& text) {
  const auto bio = reader(text);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) throw_error("parsing private key: no PEM data in input");
  return key;
}
Certificate read_certificate(const std::string& text) {
  const auto bio = reader(text);
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) throw_error("unable to decode certificate");
  return certificate;
}

struct Request {
  std::string common_name;
  std::vector<std::string> ips{}, names{};
  std::int64_t days = 0;
  bool authority = false;
};

std::vector<std::string> texts(const Value& list, std::string_view what) {
  std::vector<std::string> out;
  if (!list.is_list()) return out;
  for (const auto& item : list.as_list()) {
    if (!item.is_string())
      throw_error(std::string("error parsing ") + std::string(what) + ": " + print(item) +
                  " is not a string");
    out.push_back(item.as_string());
  }
  return out;
}

void add_extension(X509* certificate, X509V3_CTX* context, int id, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, context, id, value.c_str());
  if (extension == nullptr) throw_error("error adding a certificate extension: " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string alternative_names(const Request& request) {
  std::string all;
  const auto add = [&](const char* kind, const std::string& text) {
    if (text.find_first_of(",\n\r;") != std::string::npos)
      throw_error("error parsing alternate name: " + text);
    all += (all.empty() ? "" : ",") + std::string(kind) + text;
  };
  for (const auto& name : request.names) add("DNS:", name);
  for (const auto& ip : request.ips) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    if (inet_pton(AF_INET, ip.c_str(), address.data()) != 1 && inet_pton(AF_INET6, ip.c_str(), address.data()) != 1)
      throw_error("error parsing ip: " + ip);
    add("IP:", ip);
  }
  return all;
}

/// Signed by `issuer`, or by itself when there is none. RFC 5280.
Value make_certificate(const Request& request, const Key& key, const Issuer* issuer) {
  const Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  BIGNUM* serial = BN_new();
  BN_rand(serial, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate.get()));
  BN_free(serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), static_cast<int>(request.days), 0, nullptr);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(request.common_name.data()),
                             static_cast<int>(request.common_name.size()), -1, 0);
  X509* signer = issuer == nullptr ? certificate.get() : issuer->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, signer, certificate.get(), nullptr, nullptr, 0);
  add_extension(certificate.get(), &context, NID_key_usage,
                request.authority ? "critical,digitalSignature,keyEncipherment,keyCertSign"
                                  : "critical,digitalSignature,keyEncipherment");
  add_extension(certificate.get(), &context, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(certificate.get(), &context, NID_basic_constraints,
                request.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (request.authority) add_extension(certificate.get(), &context, NID_subject_key_identifier, "hash");
  if (issuer != nullptr && X509_get0_subject_key_id(signer) != nullptr)
    add_extension(certificate.get(), &context, NID_authority_key_identifier, "keyid");
  if (const auto names = alternative_names(request); !names.empty())
    add_extension(certificate.get(), &context, NID_subject_alt_name, names);
  EVP_PKEY* with = issuer == nullptr ? key.get() : issuer->key.get();
  const auto* digest = EVP_PKEY_get_base_id(with) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  if (X509_sign(certificate.get(), with, digest) == 0) throw_error("error creating certificate");
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate.get());
  return Value::object(std::make_shared<CertificateObject>(text_of(out.get()), key_text(key)));
}

Request request_of(Call& call) {
  return {call.text(0), texts(call[1], "ip"), texts(call[2], "alternate dns name"), call.integer(3), false};
}
Issuer issuer_of(const Value& value) {
  return {read_certificate(value.as_object().field("Cert").as_string()),
          read_key(value.as_object().field("Key").as_string())};
}

Value gen_ca(Call& call) {
  return make_certificate({call.text(0), {}, {}, call.integer(1), true}, rsa_key(kCertificateBits), nullptr);
}
Value gen_ca_with_key(Call& call) {
  return make_certificate({call.text(0), {}, {}, call.integer(1), true}, read_key(call.text(2)), nullptr);
}
Value self_signed(Call& call) {
  return make_certificate(request_of(call), rsa_key(kCertificateBits), nullptr);
}
Value self_signed_with_key(Call& call) {
  return make_certificate(request_of(call), read_key(call.text(4)), nullptr);
}
Value signed_(Call& call) {
  const auto issuer = issuer_of(call[4]);
  return make_certificate(request_of(call), rsa_key(kCertificateBits), &issuer);
}
Value signed_with_key(Call& call) {
  const auto issuer = issuer_of(call[4]);
  return make_certificate(request_of(call), read_key(call.text(5)), &issuer);
}

Value custom(Call& call) {
  const auto certificate = base64_decode(call.text(0));
  if (!certificate) throw_error("unable to decode base64 certificate");
  const auto key = base64_decode(call.text(1));
  if (!key) throw_error("unable to decode base64 private key");
  static_cast<void>(read_certificate(*certificate));
  static_cast<void>(read_key(*key));
  return Value::object(std::make_shared<CertificateObject>(*certificate, *key));
}

/// bcrypt at Go's default cost, salted at random.
std::string bcrypt_hash(const std::string& password) {
  constexpr std::string_view kAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  if (password.size() > 72)
    throw_error("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes");
  std::string setting = "$2a$10$";
  std::uint32_t held = 0;
  unsigned filled = 0;
  for (const char c : random_bytes(16)) {
    held = (held << 8U) | static_cast<unsigned char>(c);
    for (filled += 8; filled >= 6; filled -= 6) setting += kAlphabet[(held >> (filled - 6)) & 63U];
  }
  setting += kAlphabet[(held << (6 - filled)) & 63U];
  const auto data = std::make_unique<crypt_data>();
  const char* hash = crypt_r(password.c_str(), setting.c_str(), data.get());
  if (hash == nullptr || hash[0] == '*') throw_error("failed to encrypt string with bcrypt");
  return hash;
}

Value bcrypt(Call& call) {
  try {
    return Value::string(bcrypt_hash(call.text(0)));
  } catch (const TemplateError& error) {
    return Value::string(error.text);
  }
}
Value htpasswd(Call& call) {
  if (call.text(0).find(':') != std::string::npos) return Value::string("invalid username: " + call.text(0));
  return Value::string(call.text(0) + ":" + bcrypt_hash(call.text(1)));
}

Value derive_password(Call& call) {
  return Value::string(master_password(static_cast<std::uint32_t>(call.integer(0)), call.text(1),
                                       call.text(2), call.text(3), call.text(4)));
}

/// AES-256-CBC, the key cut or filled with zero bytes, the vector in front, base64.
std::string aes_key(const std::string& password) {
  std::string key = password.substr(0, 32);
  key.resize(32, '\0');
  return key;
}
std::string run_cipher(const std::string& key, const std::string& vector, const std::string& text,
                       bool encrypt) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string out(text.size() + 32, '\0');
  int size = 0;
  int tail = 0;
  const auto bytes = [](const std::string& s) { return reinterpret_cast<const unsigned char*>(s.data()); };
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  EVP_CipherInit_ex(cipher.get(), EVP_aes_256_cbc(), nullptr, bytes(key), bytes(vector), encrypt ? 1 : 0);
  EVP_CipherUpdate(cipher.get(), to, &size, bytes(text), static_cast<int>(text.size()));
  if (EVP_CipherFinal_ex(cipher.get(), to + size, &tail) != 1)
    throw_error("cipher: the text or the password is wrong");
  out.resize(static_cast<std::size_t>(size + tail));
  return out;
}
Value encrypt_aes(Call& call) {
  const auto vector = random_bytes(16);
  return Value::string(base64_encode(vector + run_cipher(aes_key(call.text(0)), vector, call.text(1), true)));
}
Value decrypt_aes(Call& call) {
  if (call.text(1).empty()) return call[1];
  std::size_t bad = 0;
  const auto sealed = decode_base64(call.text(1), bad);
  if (bad != std::string::npos) throw_error(fmt::format("illegal base64 data at input byte {}", bad));
  if (sealed.size() < 16)
    throw_error(fmt::format("runtime error: slice bounds out of range [:16] with capacity {}", call.text(1).size() / 4 * 3));
  if (sealed.size() < 32 || sealed.size() % 16 != 0) throw_error("crypto/cipher: input not full blocks");
  return Value::string(run_cipher(aes_key(call.text(0)), sealed.substr(0, 16), sealed.substr(16), false));
}

constexpr std::array kTable{
    Function{"genPrivateKey", "s", private_key},
    Function{"buildCustomCert", "ss", custom},
    Function{"genCA", "si", gen_ca},
    Function{"genCAWithKey", "sis", gen_ca_with_key},
    Function{"genSelfSignedCert", "slli", self_signed},
    Function{"genSelfSignedCertWithKey", "sllis", self_signed_with_key},
    Function{"genSignedCert", "sllic", signed_},
    Function{"genSignedCertWithKey", "sllics", signed_with_key},
    Function{"bcrypt", "s", bcrypt},
    Function{"htpasswd", "ss", htpasswd},
    Function{"derivePassword", "issss", derive_password},
    Function{"encryptAES", "ss", encrypt_aes},
    Function{"decryptAES", "ss", decrypt_aes},
};

}  // namespace

std::span<const Function> crypto_functions() { return kTable; }

}  // namespace dpctl::chart
