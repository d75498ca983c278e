#pragma once

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <string_view>

namespace dpctl::test {

/// One entry of a tar (POSIX ustar) as an attacker would write it: any type, name, link and claimed size.
inline std::string tar_entry(std::string_view name, std::string_view bytes, char type = '0',
                             std::string_view link = "", std::size_t claimed = std::string_view::npos) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, std::string_view text) {
    std::memcpy(header.data() + at, text.data(), text.size());
  };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", claimed == std::string_view::npos ? bytes.size() : claimed));
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(157, link);
  put(257, "ustar");
  put(263, "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  header += bytes;
  header.append((512 - header.size() % 512) % 512, '\0');
  return header;
}

inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace dpctl::test
