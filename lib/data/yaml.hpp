#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/data/json.hpp"

namespace dpctl::yaml {

enum class DuplicateKeys {
  refuse,     ///< our own files: an error with line and column
  last_wins,  ///< inside charts, as sigs.k8s.io/yaml does for Helm
};

/// Bounds for untrusted text.
struct Limits {
  std::size_t bytes = 128U << 20U;
  std::size_t depth = 512;
  std::size_t nodes =
      4'000'000;  ///< once aliases are expanded; those may add ten times what is written, or a million
};

struct Options {
  DuplicateKeys duplicate_keys = DuplicateKeys::refuse;
  Limits limits{};
  /// decode: what follows the first document is ignored, as sigs.k8s.io/yaml does for Helm; else it is an
  /// error.
  bool first_document_only = false;
};

/// Reads one document by the rules of sigs.k8s.io/yaml (YAML 1.1 resolution, then JSON): yes/no/on/off are
/// booleans, as keys too; 0123 is 83, 0o17 is 15, 1_000 is 1000; dates stay strings; keys become strings;
/// `<<` merges; !!binary decodes. Empty text is null. `name` is the file named in errors, which carry line,
/// column and the source line. More than one document is an error.
Result<Json> decode(std::string_view text, std::string_view name, const Options& options = {});

/// The same for every document of a stream; empty documents are left out.
Result<std::vector<Json>> decode_all(std::string_view text, std::string_view name,
                                     const Options& options = {});

/// Where each value of a document stood, by JSON pointer ("/services/0/name"); a key's place is where the key
/// stands.
using Places = std::map<std::string, Place>;
/// decode() that also fills `places`: for errors about a value ("unknown key", "out of range").
Result<Json> decode_located(std::string_view text, std::string_view name, Places& places,
                            const Options& options = {});

/// Writes it as sigs.k8s.io/yaml does, byte for byte: two blanks, list items not indented under
/// their key, keys in natural order, quoting of what YAML 1.1 would resolve, `|` for text with line breaks,
/// folding of plain and quoted text at 80 columns. Ends with a line break. Two texts that Marshal spoils are
/// kept whole: it refuses DEL and the C1 controls and turns U+0085 into a blank; here they are escaped. To
/// write another kind of tree see yaml_writer.hpp.
std::string encode(const Json& value);

}  // namespace dpctl::yaml
