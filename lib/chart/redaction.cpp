// Keeps secrets out of release records, so that they can be put back.
//
// A record holds what was rendered, because a rollback renders nothing. What is taken out of it is therefore
// replaced by a mark that says which secret stood there and in which form; restore() writes today's secret in
// that form. A secret that was rotated in between thus comes back as its new self.
#include "lib/chart/redaction.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "lib/base/encoding.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/data/json.hpp"

namespace dpctl::chart {
namespace {

constexpr std::string_view kPlain = "dpctl.secret(";
constexpr std::string_view kBase64 = "dpctl.secret.base64(";
constexpr std::size_t kShortestLine = 8;  // of a secret of several lines; shorter ones are not telling
constexpr std::size_t kShortestBase64 = 8;
constexpr int kDepth = 4;  // base64 within base64

std::string json_text(std::string_view text) {
  const auto quoted = dump_json(Json(std::string(text)));
  return quoted.substr(1, quoted.size() - 2);
}

/// One form in which a secret may stand in a text, and the mark for it: "dpctl.secret(PATH FORM)".
struct Form {
  std::string text, mark;
};

std::string mark_of(const SecretValue& secret, const std::string& form) {
  return fmt::format("{}{}{})", kPlain, percent_encode(secret.path), form.empty() ? "" : "," + form);
}

/// Longest first, so that no part of a longer one is taken for a shorter.
std::vector<Form> forms_of(std::span<const SecretValue> secrets) {
  std::vector<Form> forms;
  for (const auto& secret : secrets) {
    if (secret.text.empty()) continue;
    forms.push_back({secret.text, mark_of(secret, "")});
    if (auto json = json_text(secret.text); json != secret.text)
      forms.push_back({std::move(json), mark_of(secret, "json")});
    const auto lines = split(secret.text, '\n');
    for (std::size_t i = 0; lines.size() > 1 && i < lines.size(); ++i)
      if (lines[i].size() >= kShortestLine)
        forms.push_back({std::string(lines[i]), mark_of(secret, std::to_string(i))});
  }
  std::stable_sort(forms.begin(), forms.end(),
                   [](const Form& a, const Form& b) { return a.text.size() > b.text.size(); });
  return forms;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what)) {
    out += text.substr(0, at);
    out += by;
    text.remove_prefix(at + what.size());
  }
  return out += text;
}

bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

std::string redact_forms(std::string_view text, const std::vector<Form>& forms, int depth);

/// The mark for a word that is base64 of something with a secret in it.
std::optional<std::string> redacted_base64(std::string_view word, const std::vector<Form>& forms, int depth) {
  if (word.size() < kShortestBase64 || word.size() % 4 != 0) return std::nullopt;
  const auto bytes = base64_decode(word);
  if (!bytes) return std::nullopt;
  const auto redacted = redact_forms(*bytes, forms, depth - 1);
  if (redacted == *bytes) return std::nullopt;
  return fmt::format("{}{})", kBase64, base64_encode(redacted));
}

std::string redact_forms(std::string_view text, const std::vector<Form>& forms, int depth) {
  std::string out;
  std::size_t at = 0;
  while (depth > 0 && at < text.size()) {
    const auto begin = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_base64) -
                       text.begin();
    auto end = static_cast<std::size_t>(begin);
    out += text.substr(at, end - at);
    while (end < text.size() && is_base64(text[end])) ++end;
    while (end < text.size() && text[end] == '=' && (end - static_cast<std::size_t>(begin)) % 4 != 0) ++end;
    const auto word = text.substr(static_cast<std::size_t>(begin), end - static_cast<std::size_t>(begin));
    const auto mark = redacted_base64(word, forms, depth);
    out += mark ? std::string_view(*mark) : word;
    at = end;
  }
  if (depth == 0) out = text;
  for (const auto& form : forms) out = replaced(out, form.text, form.mark);
  return out;
}

/// What the mark with this inside stands for; nullopt when there is no such secret.
std::optional<std::string> meaning_of(std::string_view inside, std::span<const SecretValue> secrets) {
  const auto comma = inside.find(',');
  const auto path = inside.substr(0, comma);
  const auto form = comma == std::string_view::npos ? std::string_view() : inside.substr(comma + 1);
  for (const auto& secret : secrets) {
    if (percent_encode(secret.path) != path) continue;
    if (form.empty()) return secret.text;
    if (form == "json") return json_text(secret.text);
    const auto lines = split(secret.text, '\n');
    std::size_t line = 0;
    if (std::from_chars(form.data(), form.data() + form.size(), line).ec != std::errc()) return std::nullopt;
    return line < lines.size() ? std::string(lines[line]) : std::string();
  }
  return std::nullopt;
}

std::string below(const std::string& path, const Value& key) {
  return path.empty() ? print(key) : fmt::format("{}.{}", path, print(key));
}

void collect(const Value& value, const std::string& path, std::vector<SecretValue>& into) {
  if (!value.is_map()) return;
  const auto& entries = value.as_map().entries;
  if (entries.size() == 1 && print(entries[0].key) == kSecretKey) {
    into.push_back({.path = path, .source = print(entries[0].value), .text = {}});
    return;
  }
  for (const auto& entry : entries)
    collect(entry.value, below(path, entry.key), into);
}

void fill(Value& value, const std::string& path, std::span<const SecretValue> secrets) {
  if (!value.is_map()) return;
  for (const auto& secret : secrets)
    if (!path.empty() && secret.path == path) {
      value = Value::string(secret.text);
      return;
    }
  for (auto& entry : value.as_map().entries)
    fill(entry.value, below(path, entry.key), secrets);
}

}  // namespace

std::vector<SecretValue> marked_secrets(const Value& values) {
  std::vector<SecretValue> secrets;
  collect(values, "", secrets);
  return secrets;
}

Value with_secrets(const Value& values, std::span<const SecretValue> secrets) {
  if (secrets.empty()) return values;
  auto filled = deep_copy(values);
  fill(filled, "", secrets);
  return filled;
}

Value with_placeholders(const Value& values) {
  auto secrets = marked_secrets(values);
  for (auto& secret : secrets) secret.text = secret.source;
  return with_secrets(values, secrets);
}

std::string redact(std::string_view text, std::span<const SecretValue> secrets) {
  const auto forms = forms_of(secrets);
  return forms.empty() ? std::string(text) : redact_forms(text, forms, kDepth);
}

Result<std::string> restore(std::string_view text, std::span<const SecretValue> secrets) {
  std::string out;
  while (true) {
    const auto plain = text.find(kPlain), packed = text.find(kBase64);
    const auto at = std::min(plain, packed);
    if (at == std::string_view::npos) return out += text;
    out += text.substr(0, at);
    const auto open = at + (packed < plain ? kBase64 : kPlain).size();
    const auto close = text.find(')', open);
    if (close == std::string_view::npos) return out += text.substr(at);
    const auto inside = text.substr(open, close - open);
    if (packed < plain) {
      DPCTL_TRY(const auto bytes, base64_decode(inside));
      DPCTL_TRY(const auto restored, restore(bytes, secrets));
      out += base64_encode(restored);
    } else if (auto meaning = meaning_of(inside, secrets)) {
      out += *meaning;
    } else {
      return fail(Code::failed, "the record leaves out the secret {}, and nothing says where it comes from",
                  inside);
    }
    text.remove_prefix(close + 1);
  }
}

}  // namespace dpctl::chart
