#include "lib/chart/functions/master_password.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <map>
#include <string_view>
#include <vector>

namespace dpctl::chart {
namespace {

constexpr std::string_view kScope = "com.lyndir.masterpassword";

std::string big_endian(std::uint32_t number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8)
    out += static_cast<char>((number >> static_cast<unsigned>(shift)) & 0xFFU);
  return out;
}
std::string with_length(const std::string& text) {
  return big_endian(static_cast<std::uint32_t>(text.size())) + text;
}

const std::vector<std::string_view>* templates_of(const std::string& type) {
  static const std::map<std::string, std::vector<std::string_view>, std::less<>> all{
      {"maximum", {"anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"}},
      {"long", {"CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv",
                "CvccCvcvCvcvno", "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc",
                "CvcvCvcvnoCvcc", "CvcvCvcvCvccno", "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno",
                "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc",
                "CvccCvcvCvccno"}},
      {"medium", {"CvcnoCvc", "CvcCvcno"}},
      {"short", {"Cvcn"}},
      {"basic", {"aaanaaan", "aannaaan", "aaannaaa"}},
      {"pin", {"nnnn"}},
  };
  const auto found = all.find(type);
  return found == all.end() ? nullptr : &found->second;
}

std::string_view characters_of(char mark) {
  switch (mark) {
    case 'V': return "AEIOU";
    case 'C': return "BCDFGHJKLMNPQRSTVWXYZ";
    case 'v': return "aeiou";
    case 'c': return "bcdfghjklmnpqrstvwxyz";
    case 'A': return "AEIOUBCDFGHJKLMNPQRSTVWXYZ";
    case 'a': return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    case 'n': return "0123456789";
    case 'o': return "@&%?,=[]_:-+*$#!'^~;()/.";
    default: return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()";
  }
}

}  // namespace

std::string master_password(std::uint32_t counter, const std::string& type, const std::string& password,
                            const std::string& user, const std::string& site) {
  const auto* templates = templates_of(type);
  if (templates == nullptr) return "cannot find password template " + type;
  const std::string salt = std::string(kScope) + with_length(user);
  std::array<unsigned char, 64> key{};
  EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                 salt.size(), 32768, 8, 2, std::uint64_t{64} << 20U, key.data(), key.size());
  const std::string message = std::string(kScope) + with_length(site) + big_endian(counter);
  std::array<unsigned char, 32> seed{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), seed.data(), &size);
  const auto pattern = (*templates)[seed[0] % templates->size()];
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto characters = characters_of(pattern[i]);
    out += characters[seed[i + 1] % characters.size()];
  }
  return out;
}

}  // namespace dpctl::chart
