#pragma once

#include <cstdint>
#include <string>

namespace dpctl::chart {

/// The Master Password algorithm (version 3): a site's password from a master password, never stored. `type`
/// is one of long, maximum, medium, short, basic, pin; another one is answered with its own message, as Sprig
/// does.
std::string master_password(std::uint32_t counter, const std::string& type, const std::string& password,
                            const std::string& user, const std::string& site);

}  // namespace dpctl::chart
