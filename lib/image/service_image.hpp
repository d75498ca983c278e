#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/image/image.hpp"

namespace dpctl::image {

/// The recipe of one of the pipeline's services: the program as entrypoint, user 65532, the system's
/// certificate authorities and time zones where they exist (bars of a day follow the market's clock), labels
/// of org.opencontainers.image.
Recipe recipe_for_service(const std::filesystem::path& program, const std::string& version,
                          std::vector<int> ports = {8080, 9090});

}  // namespace dpctl::image
