// provenance.cpp: Helm's signatures of charts, through librnp.
//
// The text of a provenance file is taken from what librnp verified, never from the file itself: whatever
// stands before or after the signed part proves nothing.
#include "lib/source/provenance.hpp"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/json.hpp"
#include "lib/data/yaml.hpp"
#include "lib/source/rnp_api.hpp"

namespace dpctl::source {
namespace {

constexpr std::size_t kMaxProvenance = 4U << 20U;
constexpr std::size_t kMaxKeyring = 64U << 20U;
constexpr std::string_view kBegin = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr std::string_view kDivider = "\n...\n";

/// A handle of librnp and the function that ends it.
template <class Handle, class Destroy>
std::unique_ptr<std::remove_pointer_t<Handle>, Destroy> own(Handle handle, Destroy destroy) {
  return {handle, destroy};
}

std::string words(const RnpApi& api, rnp_result_t code) { return api.result_to_string(code); }

/// One keyring, loaded.
class Ring {
 public:
  static Result<Ring> open(const Keyring& keyring) {
    if (keyring.bytes.size() > kMaxKeyring)
      return fail(Code::usage, "the keyring {} is larger than {} bytes", keyring.name, kMaxKeyring);
    DPCTL_TRY(const auto* api, rnp());
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(keyring.bytes.data());
    char* format = nullptr;
    const bool known =
        api->detect_key_format(bytes, keyring.bytes.size(), &format) == RNP_SUCCESS && format != nullptr;
    const auto format_owner = own(format, api->buffer_destroy);
    rnp_ffi_t ffi = nullptr;
    if (api->ffi_create(&ffi, "GPG", "GPG") != RNP_SUCCESS) return fail(Code::failed, "cannot start librnp");
    Ring ring(*api, ffi, keyring.name);
    rnp_input_t input = nullptr;
    api->input_from_memory(&input, bytes, keyring.bytes.size(), false);
    const auto input_owner = own(input, api->input_destroy);
    const auto code =
        known ? api->load_keys(ffi, format, input, RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_SECRET_KEYS)
              : rnp_result_t{RNP_ERROR_BAD_FORMAT};
    if (code != RNP_SUCCESS)
      return fail(Code::usage, "{} is no keyring: {}", keyring.name, words(*api, code))
          .hint("write one with: gpg --export >{}", keyring.name);
    return ring;
  }

  [[nodiscard]] const RnpApi& api() const { return api_; }
  [[nodiscard]] rnp_ffi_t ffi() const { return ffi_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Ring(const RnpApi& api, rnp_ffi_t ffi, std::string name)
      : api_(api), ffi_(ffi, api.ffi_destroy), name_(std::move(name)) {}

  const RnpApi& api_;
  std::unique_ptr<rnp_ffi_st, decltype(RnpApi::ffi_destroy)> ffi_;
  std::string name_;
};

using Key = std::unique_ptr<rnp_key_handle_st, decltype(RnpApi::key_handle_destroy)>;

std::vector<std::string> identities(const RnpApi& api, rnp_key_handle_t key) {
  std::vector<std::string> out;
  std::size_t count = 0;
  api.key_get_uid_count(key, &count);
  for (std::size_t i = 0; i < count; ++i) {
    char* text = nullptr;
    if (api.key_get_uid_at(key, i, &text) != RNP_SUCCESS) continue;
    out.emplace_back(text);
    api.buffer_destroy(text);
  }
  return out;
}

Key locate(const Ring& ring, const std::string& fingerprint) {
  rnp_key_handle_t key = nullptr;
  ring.api().locate_key(ring.ffi(), "fingerprint", fingerprint.c_str(), &key);
  return {key, ring.api().key_handle_destroy};
}

/// The primary key's fingerprint: signatures may come from a subkey.
std::string primary_fingerprint(const RnpApi& api, rnp_key_handle_t key) {
  char* text = nullptr;
  bool primary = false;
  api.key_is_primary(key, &primary);
  const auto code = primary ? api.key_get_fprint(key, &text) : api.key_get_primary_fprint(key, &text);
  if (code != RNP_SUCCESS) return {};
  std::string out = text;
  api.buffer_destroy(text);
  return out;
}

std::string bytes_of(const RnpApi& api, rnp_output_t output) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (api.output_memory_get_buf(output, &bytes, &size, false) != RNP_SUCCESS) return {};
  return {reinterpret_cast<const char*>(bytes), size};
}

Failure refuse(const Ring& ring, std::string_view archive_name, rnp_result_t status) {
  if (status == RNP_ERROR_KEY_NOT_FOUND)
    return fail(Code::denied, "{} is signed by a key that {} does not have", provenance_name(archive_name),
                ring.name())
        .hint("import the signer's public key, after comparing its fingerprint with one you trust");
  if (status == RNP_ERROR_SIGNATURE_EXPIRED)
    return fail(Code::denied, "the signature in {} has expired", provenance_name(archive_name));
  return fail(Code::denied, "the signature in {} does not fit its text: it was altered after it was signed",
              provenance_name(archive_name))
      .hint("fetch chart and signature again from where the signer publishes them");
}

/// Adds who signed; an error when no key of the ring made a valid signature.
Result<void> find_signer(const Ring& ring, rnp_op_verify_t verify, std::string_view archive_name,
                         Verification& out) {
  const auto& api = ring.api();
  std::size_t count = 0;
  api.op_verify_get_signature_count(verify, &count);
  rnp_result_t worst = RNP_ERROR_SIGNATURE_INVALID;
  for (std::size_t i = 0; i < count; ++i) {
    rnp_op_verify_signature_t signature = nullptr;
    api.op_verify_get_signature_at(verify, i, &signature);
    worst = api.op_verify_signature_get_status(signature);
    rnp_key_handle_t handle = nullptr;
    if (worst != RNP_SUCCESS || api.op_verify_signature_get_key(signature, &handle) != RNP_SUCCESS) continue;
    const auto key = own(handle, api.key_handle_destroy);
    out.fingerprint = primary_fingerprint(api, handle);
    if (const auto primary = locate(ring, out.fingerprint)) out.signed_by = identities(api, primary.get());
    return {};
  }
  return refuse(ring, archive_name, worst);
}

/// RFC 4880 6.1: the checksum of armor.
std::uint32_t crc24(std::string_view bytes) {
  std::uint32_t crc = 0xB704CE;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 16U;
    for (int i = 0; i < 8; ++i) {
      crc <<= 1U;
      if ((crc & 0x1000000U) != 0) crc ^= 0x1864CFBU;
    }
  }
  return crc & 0xFFFFFFU;
}

/// The message with a checksum below its signature. RFC 9580 drops that line, and Helm does not write it;
/// librnp 0.16 misses it.
std::string with_checksum(std::string_view message) {
  const auto begin = message.find("\n-----BEGIN PGP SIGNATURE-----");
  const auto end = message.find("\n-----END PGP SIGNATURE-----", std::min(begin, message.size()));
  if (end == std::string_view::npos) return std::string(message);
  auto armor = message.substr(begin + 1, end - begin - 1);
  auto blank = armor.find("\n\n");
  std::size_t skip = 2;
  if (blank == std::string_view::npos) {
    blank = armor.find("\n\r\n");
    skip = 3;
  }
  if (blank == std::string_view::npos) return std::string(message);
  const auto body = armor.substr(blank + skip);
  if (body.find("\n=") != std::string_view::npos) return std::string(message);
  const auto packets = base64_decode(body);
  if (!packets) return std::string(message);
  const auto sum = crc24(*packets);
  const std::string bytes{static_cast<char>(sum >> 16U), static_cast<char>(sum >> 8U),
                          static_cast<char>(sum)};
  return std::string(message.substr(0, end)) + "\n=" + base64_encode(bytes) +
         "\n-----END PGP SIGNATURE-----\n";
}

/// The text that a key of the ring signed.
Result<std::string> signed_text(const Ring& ring, std::string_view given, std::string_view archive_name,
                                Verification& out) {
  const auto& api = ring.api();
  const auto message = with_checksum(given);
  rnp_input_t input = nullptr;
  api.input_from_memory(&input, reinterpret_cast<const std::uint8_t*>(message.data()), message.size(), false);
  const auto input_owner = own(input, api.input_destroy);
  rnp_output_t output = nullptr;
  api.output_to_memory(&output, kMaxProvenance);
  const auto output_owner = own(output, api.output_destroy);
  rnp_op_verify_t verify = nullptr;
  if (const auto code = api.op_verify_create(&verify, ring.ffi(), input, output); code != RNP_SUCCESS)
    return fail(Code::failed, "cannot check {}: {}", provenance_name(archive_name), words(api, code));
  const auto verify_owner = own(verify, api.op_verify_destroy);
  api.op_verify_execute(verify);  // what it says about each signature is looked at below
  DPCTL_CHECK(find_signer(ring, verify, archive_name, out));
  std::string text = bytes_of(api, output);
  std::erase(text, '\r');
  return text;
}

Result<std::string> hash_in(std::string_view text, std::string_view archive_name) {
  const auto name = provenance_name(archive_name);
  const auto divider = text.find(kDivider);
  if (divider == std::string_view::npos)
    return fail(Code::usage, "{} is no provenance file: message block must have at least two parts", name);
  auto rest = text.substr(divider + kDivider.size());
  rest = rest.substr(0, rest.find(kDivider));
  DPCTL_TRY(const auto sums, yaml::decode(rest, name, {.limits = {.bytes = kMaxProvenance, .depth = 16}}));
  // Not by a path of find(): the name of an archive has dots.
  const auto& files = object_at(sums, "files");
  const auto it = files.find(std::string(archive_name));
  if (it == files.end() || !it->is_string())
    return fail(Code::denied, "provenance does not contain a SHA for a file named \"{}\"", archive_name)
        .hint("the signature is another chart's, or the archive was renamed");
  return it->get<std::string>();
}

bool has_secret(const RnpApi& api, rnp_key_handle_t key) {
  bool secret = false;
  return api.key_have_secret(key, &secret) == RNP_SUCCESS && secret;
}

/// The primary keys of the ring.
std::vector<Key> primary_keys(const Ring& ring) {
  const auto& api = ring.api();
  std::vector<Key> keys;
  rnp_identifier_iterator_t iterator = nullptr;
  if (api.identifier_iterator_create(ring.ffi(), &iterator, "fingerprint") != RNP_SUCCESS) return keys;
  const auto owner = own(iterator, api.identifier_iterator_destroy);
  const char* fingerprint = nullptr;
  while (api.identifier_iterator_next(iterator, &fingerprint) == RNP_SUCCESS && fingerprint != nullptr) {
    auto key = locate(ring, fingerprint);
    bool primary = false;
    if (key && api.key_is_primary(key.get(), &primary) == RNP_SUCCESS && primary)
      keys.push_back(std::move(key));
  }
  return keys;
}

Result<Key> choose_key(const Ring& ring, const std::string& wanted) {
  const auto& api = ring.api();
  Key chosen(nullptr, api.key_handle_destroy);
  bool vague = false;
  for (auto& key : primary_keys(ring)) {
    const auto names = identities(api, key.get());
    const bool whole = std::find(names.begin(), names.end(), wanted) != names.end();
    const bool part = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return !wanted.empty() && name.find(wanted) != std::string::npos;
    });
    if (whole) {
      chosen = std::move(key);
      vague = false;
      break;
    }
    if (!part) continue;
    vague = chosen != nullptr;
    chosen = std::move(key);
  }
  if (vague) return fail(Code::usage, "more than one key contain the id \"{}\"", wanted);
  if (!chosen) return fail(Code::not_found, "{} has no key of '{}'", ring.name(), wanted);
  if (!has_secret(api, chosen.get()))
    return fail(Code::usage, "{} has only the public half of the key of '{}'", ring.name(), wanted)
        .hint("write a keyring with secret keys: gpg --export-secret-keys >secring.gpg");
  return chosen;
}

}  // namespace

std::string provenance_name(std::string_view archive_name) { return std::string(archive_name) + ".prov"; }

Result<Verification> verify_provenance(std::string_view archive, std::string_view archive_name,
                                       std::string_view provenance, const Keyring& keyring) {
  const auto name = provenance_name(archive_name);
  if (provenance.size() > kMaxProvenance)
    return fail(Code::usage, "{} is larger than {} bytes", name, kMaxProvenance);
  const auto begin = provenance.find(kBegin);
  if (begin == std::string_view::npos || (begin > 0 && provenance[begin - 1] != '\n'))
    return fail(Code::usage, "{} is no provenance file: signature block not found", name);
  DPCTL_TRY(const auto ring, Ring::open(keyring));
  Verification out;
  DPCTL_TRY(const auto text, signed_text(ring, provenance.substr(begin), archive_name, out));
  DPCTL_TRY(const auto wanted, hash_in(text, archive_name));
  out.file_hash = "sha256:" + sha256_hex(archive);
  if (wanted != out.file_hash)
    return fail(Code::denied, "sha256 sum does not match for {}: \"{}\" != \"{}\"", archive_name, wanted,
                out.file_hash)
        .hint("the archive is not the one that was signed; do not use it");
  return out;
}

Result<std::string> sign_provenance(std::string_view archive, std::string_view archive_name,
                                    std::string_view metadata_yaml, const SigningKey& wanted) {
  DPCTL_TRY(const auto ring, Ring::open(wanted.keyring));
  const auto& api = ring.api();
  DPCTL_TRY(const auto key, choose_key(ring, wanted.key));
  bool locked = false;
  api.key_is_protected(key.get(), &locked);
  if (locked && api.key_unlock(key.get(), wanted.passphrase.c_str()) != RNP_SUCCESS)
    return fail(Code::denied, "the passphrase does not open the key of '{}'", wanted.key)
        .hint("name the file that holds it: --passphrase-file FILE");
  const auto files =
      yaml::encode(Json{{"files", Json{{std::string(archive_name), "sha256:" + sha256_hex(archive)}}}});
  const std::string text = std::string(metadata_yaml) + std::string(kDivider) + files;
  rnp_input_t input = nullptr;
  api.input_from_memory(&input, reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), false);
  const auto input_owner = own(input, api.input_destroy);
  rnp_output_t output = nullptr;
  api.output_to_memory(&output, 0);
  const auto output_owner = own(output, api.output_destroy);
  rnp_op_sign_t sign = nullptr;
  auto code = api.op_sign_cleartext_create(&sign, ring.ffi(), input, output);
  const auto sign_owner = own(sign, api.op_sign_destroy);
  if (code == RNP_SUCCESS) code = api.op_sign_set_hash(sign, "SHA512");
  if (code == RNP_SUCCESS) code = api.op_sign_add_signature(sign, key.get(), nullptr);
  if (code == RNP_SUCCESS) code = api.op_sign_execute(sign);
  if (code != RNP_SUCCESS)
    return fail(Code::failed, "cannot sign {} with the key of '{}': {}", archive_name, wanted.key,
                words(api, code));
  return bytes_of(api, output);
}

}  // namespace dpctl::source
