// lib/image/elf.cpp: which files a program needs at start.
//
// This is what `ldd` prints, without running the loader on a file that may not be trusted or may be of
// another machine. The order of places is ld.so(8)'s; entries of the cache for newer CPUs (glibc-hwcaps) are
// passed over, so that the image runs on all.
#include "lib/image/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <optional>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 1U << 30U;
constexpr std::size_t kMaxLibraries = 4096;

/// Reads plain structs at checked offsets.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  [[nodiscard]] std::optional<T> at(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  /// The zero-ended string there, when it ends within the file.
  [[nodiscard]] std::optional<std::string> string_at(std::uint64_t offset) const {
    if (offset >= bytes_.size()) return std::nullopt;
    const auto end = bytes_.find('\0', offset);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(bytes_.substr(offset, end - offset));
  }

 private:
  std::string_view bytes_;
};

struct Elf32 {
  using Header = Elf32_Ehdr;
  using Segment = Elf32_Phdr;
  using Dynamic = Elf32_Dyn;
};
struct Elf64 {
  using Header = Elf64_Ehdr;
  using Segment = Elf64_Phdr;
  using Dynamic = Elf64_Dyn;
};

std::vector<std::string> split_path(const std::string& text) {
  std::vector<std::string> parts;
  for (const auto part : split(text, ':'))
    if (!part.empty()) parts.emplace_back(part);
  return parts;
}

/// The place in the file of an address of the loaded program.
template <class Segment>
std::optional<std::uint64_t> file_offset(const std::vector<Segment>& segments, std::uint64_t address) {
  for (const auto& segment : segments)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  return std::nullopt;
}

template <class Kind>
Result<void> read_dynamic(const Bytes& bytes, const std::vector<typename Kind::Segment>& segments,
                          const typename Kind::Segment& section, std::string_view name, ElfInfo& info) {
  using Dynamic = typename Kind::Dynamic;
  std::vector<Dynamic> entries;
  std::uint64_t strings_address = 0;
  for (std::uint64_t at = 0; at + sizeof(Dynamic) <= section.p_filesz; at += sizeof(Dynamic)) {
    const auto entry = bytes.at<Dynamic>(section.p_offset + at);
    if (!entry) return fail(Code::failed, "{} is cut short: its dynamic section lies outside the file", name);
    if (entry->d_tag == DT_NULL) break;
    if (entry->d_tag == DT_STRTAB) strings_address = entry->d_un.d_ptr;
    entries.push_back(*entry);
  }
  const auto strings = file_offset(segments, strings_address);
  for (const auto& entry : entries) {
    if (entry.d_tag != DT_NEEDED && entry.d_tag != DT_SONAME && entry.d_tag != DT_RPATH &&
        entry.d_tag != DT_RUNPATH)
      continue;
    const auto text = strings ? bytes.string_at(*strings + entry.d_un.d_val) : std::nullopt;
    if (!text)
      return fail(Code::failed, "{} is damaged: a name in its dynamic section lies outside the file", name);
    if (entry.d_tag == DT_NEEDED) info.needed.push_back(*text);
    if (entry.d_tag == DT_SONAME) info.soname = *text;
    if (entry.d_tag == DT_RPATH) info.rpath = split_path(*text);
    if (entry.d_tag == DT_RUNPATH) info.runpath = split_path(*text);
  }
  return {};
}

template <class Kind>
Result<ElfInfo> parse(const Bytes& bytes, std::string_view name) {
  using Segment = typename Kind::Segment;
  const auto header = bytes.at<typename Kind::Header>(0);
  if (!header) return fail(Code::failed, "{} is cut short: no room for an ELF header", name);
  if (header->e_phentsize != sizeof(Segment) && header->e_phnum != 0)
    return fail(Code::failed, "{} is damaged: program headers of {} bytes", name, header->e_phentsize);
  std::vector<Segment> segments;
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = bytes.at<Segment>(header->e_phoff + i * sizeof(Segment));
    if (!segment)
      return fail(Code::failed, "{} is cut short: its program headers lie outside the file", name);
    segments.push_back(*segment);
  }
  ElfInfo info;
  info.is_64bit = sizeof(Segment) == sizeof(Elf64_Phdr);
  info.machine = header->e_machine;
  for (const auto& segment : segments) {
    if (segment.p_type == PT_INTERP) {
      const auto text = bytes.string_at(segment.p_offset);
      if (!text || text->empty() || text->front() != '/')
        return fail(Code::failed, "{} is damaged: its interpreter is not an absolute path", name);
      info.interpreter = *text;
    }
    if (segment.p_type == PT_DYNAMIC) DPCTL_CHECK(read_dynamic<Kind>(bytes, segments, segment, name, info));
  }
  return info;
}

Result<ElfInfo> read_elf(const fs::path& path) {
  DPCTL_TRY(const auto bytes, read_file(path, kMaxFile));
  return parse_elf(bytes, path.string());
}

bool same_machine(const ElfInfo& a, const ElfInfo& b) {
  return a.machine == b.machine && a.is_64bit == b.is_64bit;
}

/// name → paths of /etc/ld.so.cache, in its order (glibc's "new" format 1.1, alone or behind the old one).
std::multimap<std::string, std::string> read_loader_cache() {
  constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
  constexpr std::size_t kHeader = 48;
  constexpr std::size_t kEntry = 24;
  std::multimap<std::string, std::string> found;
  const auto file = read_file("/etc/ld.so.cache", 64U << 20U);
  if (!file) return found;  // not an error: musl and minimal systems have none
  const auto start = file->find(kMagic);
  if (start == std::string::npos) return found;
  const Bytes bytes(std::string_view(*file).substr(start));
  const auto count = bytes.at<std::uint32_t>(kMagic.size()).value_or(0);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto key = bytes.at<std::uint32_t>(kHeader + i * kEntry + 4);
    const auto value = bytes.at<std::uint32_t>(kHeader + i * kEntry + 8);
    const auto hwcap = bytes.at<std::uint64_t>(kHeader + i * kEntry + 16);
    if (!key || !value || !hwcap) break;
    if (*hwcap != 0) continue;
    const auto name = bytes.string_at(*key);
    const auto path = bytes.string_at(*value);
    if (name && path) found.emplace(*name, *path);
  }
  return found;
}

std::vector<std::string> default_folders(const std::string& loader_folder) {
  std::vector<std::string> folders{loader_folder};
  if (loader_folder.starts_with("/usr/")) folders.push_back(loader_folder.substr(4));
  folders.insert(folders.end(), {"/lib64", "/usr/lib64", "/lib", "/usr/lib"});
  return folders;
}

/// One loaded object: who asked for it leads back to the program.
struct Loaded {
  fs::path path;  ///< as found; $ORIGIN is its folder
  ElfInfo info;
  const Loaded* parent = nullptr;
};

std::string expand(std::string folder, const Loaded& object) {
  const std::string origin = fs::path(object.path).parent_path().string();
  for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"})
    for (auto at = folder.find(token); at != std::string::npos; at = folder.find(token, at + origin.size()))
      folder.replace(at, token.size(), origin);
  return folder;
}

class Finder {
 public:
  Finder(const ElfInfo& program, std::string loader_folder)
      : program_(program), folders_(default_folders(loader_folder)), cache_(read_loader_cache()) {}

  /// Where the loader finds `name` for `asker`, and what is in it.
  Result<Loaded> find(const std::string& name, const Loaded& asker) const {
    std::vector<std::string> wrong;
    for (const auto& candidate : candidates(name, asker)) {
      std::error_code missing;
      if (!fs::is_regular_file(candidate, missing)) continue;
      DPCTL_TRY(auto info, read_elf(candidate));
      if (same_machine(info, program_))
        return Loaded{.path = candidate, .info = std::move(info), .parent = &asker};
      wrong.push_back(candidate);
    }
    auto failure = fail(Code::not_found, "{} needs the shared library {}, which is not on this machine",
                        asker.path.string(), name);
    if (!wrong.empty())
      return std::move(failure).hint("{} is for another machine ({} is for {})", wrong.front(),
                                     asker.path.string(), architecture_of(program_));
    return std::move(failure).hint("install the package that has {}, or link the program statically", name);
  }

 private:
  [[nodiscard]] std::vector<std::string> candidates(const std::string& name, const Loaded& asker) const {
    if (name.find('/') != std::string::npos) return {expand(name, asker)};
    std::vector<std::string> paths;
    if (asker.info.runpath.empty())
      for (const Loaded* object = &asker; object != nullptr; object = object->parent)
        for (const auto& folder : object->info.rpath) paths.push_back(expand(folder, *object) + "/" + name);
    for (const auto& folder : asker.info.runpath) paths.push_back(expand(folder, asker) + "/" + name);
    const auto [first, last] = cache_.equal_range(name);
    for (auto it = first; it != last; ++it) paths.push_back(it->second);
    for (const auto& folder : folders_) paths.push_back(folder + "/" + name);
    return paths;
  }

  const ElfInfo& program_;
  std::vector<std::string> folders_;
  std::multimap<std::string, std::string> cache_;
};

/// Adds what one program loads, breadth first as the loader does, to `found` (by name).
Result<void> add_closure(const fs::path& path, const ElfInfo& info, const std::string& loader_folder,
                         std::map<std::string, fs::path>& found) {
  const Finder finder(info, loader_folder);
  std::deque<Loaded> objects;  // a deque: `parent` points into it
  objects.push_back({.path = path, .info = info, .parent = nullptr});
  std::map<std::string, fs::path> mine;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    for (const auto& name : objects[i].info.needed) {
      if (mine.contains(name)) continue;
      if (mine.size() >= kMaxLibraries)
        return fail(Code::failed, "{} needs more than {} libraries", path.string(), kMaxLibraries);
      DPCTL_TRY(auto library, finder.find(name, objects[i]));
      std::error_code failed;
      const auto real = fs::canonical(library.path, failed);
      if (failed) return fail(Code::failed, "cannot resolve {}: {}", library.path.string(), failed.message());
      mine.emplace(name, real);
      const auto [other, added] = found.emplace(name, real);
      if (!added && other->second != real)
        return fail(Code::conflict, "programs of one image need two different files for {}: {} and {}", name,
                    other->second.string(), real.string())
            .hint("put {} into an image of its own", path.string());
      objects.push_back(std::move(library));
    }
  }
  return {};
}

}  // namespace

Result<ElfInfo> parse_elf(std::string_view bytes, std::string_view name) {
  if (bytes.size() < EI_NIDENT || bytes.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG))
    return fail(Code::usage, "{} is not an ELF program", name)
        .hint("an image takes compiled programs; place scripts and data as files");
  if (bytes[EI_DATA] != ELFDATA2LSB)
    return fail(Code::usage, "{} is for a big-endian machine, which is not supported", name);
  if (bytes[EI_CLASS] == ELFCLASS64) return parse<Elf64>(Bytes(bytes), name);
  if (bytes[EI_CLASS] == ELFCLASS32) return parse<Elf32>(Bytes(bytes), name);
  return fail(Code::failed, "{} is damaged: ELF class {}", name, static_cast<int>(bytes[EI_CLASS]));
}

std::string_view architecture_of(const ElfInfo& info) {
  switch (info.machine) {
    case EM_X86_64: return info.is_64bit ? "amd64" : "";
    case EM_AARCH64: return "arm64";
    case EM_386: return "386";
    case EM_ARM: return "arm";
    case EM_PPC64: return "ppc64le";
    case EM_RISCV: return info.is_64bit ? "riscv64" : "";
    default: return "";
  }
}

Result<Closure> library_closure(std::span<const std::filesystem::path> programs,
                                std::span<const std::string> opened) {
  Closure closure;
  std::map<std::string, fs::path> found;
  std::string loader_folder;
  std::map<std::string, fs::path> loaders;
  for (const auto& path : programs) {
    DPCTL_TRY(auto info, read_elf(path));
    const std::string architecture(architecture_of(info));
    if (architecture.empty())
      return fail(Code::usage, "{} is for a machine that images have no name for ({})", path.string(),
                  info.machine);
    if (closure.architecture.empty()) closure.architecture = architecture;
    if (closure.architecture != architecture)
      return fail(Code::usage, "{} is for {}, the other programs of the image are for {}", path.string(),
                  architecture, closure.architecture)
          .hint("build one image for each architecture");
    if (info.interpreter.empty()) continue;  // static: needs nothing
    info.needed.insert(info.needed.end(), opened.begin(), opened.end());
    std::error_code failed;
    const auto loader = fs::canonical(info.interpreter, failed);
    if (failed)
      return fail(Code::not_found, "{} needs the dynamic loader {}, which is not on this machine",
                  path.string(), info.interpreter)
          .hint("build the image where the program was built, or link it statically");
    loader_folder = loader.parent_path().string();
    loaders.emplace(info.interpreter, loader);
    DPCTL_CHECK(add_closure(path, info, loader_folder, found));
  }
  for (const auto& [interpreter, file] : loaders) {
    const auto name = fs::path(interpreter).filename().string();
    found.erase(name);  // libc asks for it by name as well; it is one file, at the place the kernel looks
    closure.libraries.push_back({.name = name, .source = file, .target = interpreter});
  }
  for (const auto& [name, file] : found)
    closure.libraries.push_back(
        {.name = name, .source = file, .target = loader_folder + "/" + fs::path(name).filename().string()});
  std::sort(closure.libraries.begin(), closure.libraries.end(),
            [](const auto& a, const auto& b) { return a.target < b.target; });
  return closure;
}

}  // namespace dpctl::image
