#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::image {

/// What the dynamic loader reads in an ELF file (System V gABI, ch. 4 and 5).
struct ElfInfo {
  bool is_64bit = true;
  std::uint16_t machine = 0;  ///< e_machine: 62 x86-64, 183 aarch64
  std::string interpreter{};  ///< PT_INTERP; empty: static
  std::string soname{};
  std::vector<std::string> needed{};   ///< DT_NEEDED, in order
  std::vector<std::string> rpath{};    ///< DT_RPATH, split at ':', $ORIGIN not yet replaced
  std::vector<std::string> runpath{};  ///< DT_RUNPATH, same
};

/// Reads headers and the dynamic section; little-endian files only. `name` appears in errors. Every offset is
/// checked.
Result<ElfInfo> parse_elf(std::string_view bytes, std::string_view name);

/// "amd64", "arm64", …: the spelling of OCI images (Go's GOARCH); empty for a machine without one here.
std::string_view architecture_of(const ElfInfo& info);

/// A library that programs need and where it goes.
struct SharedLibrary {
  std::string name;              ///< as in DT_NEEDED
  std::filesystem::path source;  ///< the real file on this machine, links resolved
  std::string target;            ///< in the image
};

struct Closure {
  std::string architecture;
  std::vector<SharedLibrary> libraries;  ///< sorted by target; the dynamic loader is one of them
};

/// Everything the programs load at start, found as ld.so(8) finds it: RPATH of the loaders, RUNPATH,
/// /etc/ld.so.cache, default folders; LD_LIBRARY_PATH is not asked, and no program is run. A missing library
/// names the file that asks for it. Libraries go to the loader's own folder, which is always one of its
/// default ones, so that the image needs no ld.so.cache. Not seen: what a program opens with dlopen; `opened`
/// names those, and they are found as if each program needed them.
Result<Closure> library_closure(std::span<const std::filesystem::path> programs,
                                std::span<const std::string> opened = {});

}  // namespace dpctl::image
