#pragma once

#include <optional>
#include <string_view>

/// Where Debian's libyaml, on which lib/data stands, and the Go library part ways on ill-formed or exotic
/// documents, and nobody who writes values files notices. README.md beside this file says why each is
/// accepted.
namespace dpctl::yaml_families {

/// One of the two refuses `input` with `problem`: lib/data when `they_read` it, else the Go library.
std::optional<std::string_view> of_verdict(std::string_view input, std::string_view problem, bool they_read);

/// Both read `input`, to different values.
std::optional<std::string_view> of_reading(std::string_view input);

/// Both wrote the same value. What is accepted must read back all the same.
std::optional<std::string_view> of_writing(std::string_view theirs, std::string_view ours);

}  // namespace dpctl::yaml_families
