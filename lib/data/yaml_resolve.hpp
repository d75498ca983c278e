#pragma once

#include <cstdint>
#include <string_view>

namespace dpctl::yaml {

/// What a scalar means once the types of YAML 1.1 (yaml.org/type) have been applied.
struct Scalar {
  enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,  ///< fits int64
    natural,  ///< above int64, fits uint64
    real,     ///< may be infinite or not a number, which JSON cannot say: refuse it there
    string,
  };
  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  std::uint64_t natural = 0;
  double real = 0;
  std::string_view text{};  ///< string: the value, for the length of the call. Else: as it was written
};

/// The meaning of a plain, untagged scalar: "yes" is true, "0123" is 83, "1_000" is 1000, "" and "~" are
/// null, dates are strings.
Scalar resolve_plain(std::string_view text);

/// The same for a scalar with one of the tags !!null, !!bool, !!int, !!float and !!timestamp, by its short
/// name ("int"). False when the text cannot be read as the tag says.
bool resolve_as(std::string_view type, std::string_view text, Scalar& scalar);

/// Would this text, written plain, read back as something else than a string, here or (dates, base-60
/// numbers) in other readers of YAML 1.1? Then a writer must quote it.
bool needs_quotes(std::string_view text);

}  // namespace dpctl::yaml
