#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// A value that a release is given and that its record must not hold: where it stands among the user's values
/// ("db.password"), where it comes from, and its text.
struct SecretValue {
  std::string path, source, text;
};

/// A value `{$secret: SOURCE}`, at any depth of the user's values, stands for a secret: SOURCE is "env:NAME",
/// "file:PATH" or "secretRef:SECRET/KEY" (a Secret of the release's namespace). The record keeps it like this.
inline constexpr std::string_view kSecretKey = "$secret";

/// The marked values of `values`, without their texts.
std::vector<SecretValue> marked_secrets(const Value& values);
/// The values with texts in place of the marks; `secrets` are those of marked_secrets, with texts.
Value with_secrets(const Value& values, std::span<const SecretValue> secrets);

/// The values with the names of the sources in place of the marks, for what must not know secrets.
Value with_placeholders(const Value& values);

/// `text` with a mark in place of each secret: "dpctl.secret(PATH)". Found are the text itself, its lines, as
/// JSON writes them, and base64 of anything that holds it ("dpctl.secret.base64(…)"), also base64 within
/// base64. A digest of a secret stays. Of Helm, an object whose Secret data are marks is refused by the API
/// server, because they are no base64.
std::string redact(std::string_view text, std::span<const SecretValue> secrets);

/// The other way round. An error names a mark of which there is no secret.
Result<std::string> restore(std::string_view text, std::span<const SecretValue> secrets);

}  // namespace dpctl::chart
