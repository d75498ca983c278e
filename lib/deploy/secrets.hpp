#pragma once

#include <string>
#include <vector>

#include "lib/chart/release.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// The texts of the secrets that these values mark ({$secret: env:NAME}, chart/redaction.hpp), asked for now: of the
/// process, of files, of Secrets in the release's namespace. An error says which one is missing, and how to give
/// it. One that is too short or too common to be kept out of a record is an error, too.
Result<std::vector<chart::SecretValue>> secrets_of(plan::Context&, const std::string& release,
                                                   const chart::Value& values);

/// A recorded revision with its secrets where its record has marks.
Result<chart::Release> restored(plan::Context&, chart::Release recorded);

}  // namespace dpctl::deploy
