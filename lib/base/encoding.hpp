#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl {

/// SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

std::string to_hex(std::string_view bytes);

/// RFC 4648 §4 with padding, no line breaks.
std::string base64_encode(std::string_view bytes);
/// Accepts line breaks between characters, as Go's decoder does; anything else outside the alphabet is an
/// error.
Result<std::string> base64_decode(std::string_view text);
/// RFC 4648 §5 without padding.
std::string base64url_encode(std::string_view bytes);

/// RFC 3986: everything but unreserved characters becomes %XX.
std::string percent_encode(std::string_view text);

/// Bytes from the system's random source. Never fails on Linux ≥ 3.17; a failure there ends the process.
std::string random_bytes(std::size_t count);

/// SHA-256 of a stream of pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  /// Ends the stream; the object can only be destroyed afterwards.
  std::string finish_hex();

 private:
  void* context_;
};

}  // namespace dpctl
