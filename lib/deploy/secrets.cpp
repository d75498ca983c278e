#include "lib/deploy/secrets.hpp"

#include <string_view>

namespace dpctl::deploy {
namespace {

constexpr std::size_t kShortest = 6;

Result<plan::SecretSource> source_of(const chart::SecretValue& secret) {
  using Kind = plan::SecretSource::Kind;
  const std::string_view text = secret.source;
  constexpr std::string_view kEnv = "env:", kFile = "file:", kRef = "secretRef:";
  if (text.starts_with(kEnv) && text.size() > kEnv.size())
    return plan::SecretSource{.kind = Kind::env, .name = std::string(text.substr(kEnv.size()))};
  if (text.starts_with(kFile) && text.size() > kFile.size())
    return plan::SecretSource{.kind = Kind::file, .name = std::string(text.substr(kFile.size()))};
  const auto slash = text.find('/');
  if (text.starts_with(kRef) && slash != std::string_view::npos && slash > kRef.size() && slash + 1 < text.size())
    return plan::SecretSource{.kind = Kind::secret_ref,
                              .name = std::string(text.substr(kRef.size(), slash - kRef.size())),
                              .key = std::string(text.substr(slash + 1))};
  return fail(Code::usage, "the secret {} comes from \"{}\", which is no source", secret.path, secret.source)
      .hint("write env:NAME, file:PATH or secretRef:SECRET/KEY");
}

Result<void> fill(plan::Context& context, const std::string& release, chart::SecretValue& secret) {
  DPCTL_TRY(const auto source, source_of(secret));
  auto text = plan::resolve(context, source, "secret " + secret.path);
  if (!text)
    return fail(text.error().code, "release {} needs the secret {} from {}, which its record does not hold",
                release, secret.path, secret.source)
        .because(text.error())
        .hint("provide it there, or name another source: --set-secret {}=env:NAME", secret.path);
  constexpr std::string_view kMark = "dpctl.secret.base64(";
  if (text->size() < kShortest || kMark.find(*text) != std::string_view::npos)
    return fail(Code::usage, "the secret {} has {} characters, too few to be told from other text", secret.path,
                text->size())
        .hint("use a secret of at least {} characters, or give it as an ordinary value", kShortest);
  secret.text = *std::move(text);
  return {};
}

}  // namespace

Result<std::vector<chart::SecretValue>> secrets_of(plan::Context& context, const std::string& release,
                                                   const chart::Value& values) {
  auto secrets = chart::marked_secrets(values);
  for (auto& secret : secrets) DPCTL_CHECK(fill(context, release, secret));
  return secrets;
}

Result<chart::Release> restored(plan::Context& context, chart::Release recorded) {
  DPCTL_TRY(recorded.secrets, secrets_of(context, recorded.name, recorded.config));
  if (recorded.secrets.empty()) return recorded;
  DPCTL_TRY(recorded.manifest, chart::restore(recorded.manifest, recorded.secrets));
  DPCTL_TRY(recorded.notes, chart::restore(recorded.notes, recorded.secrets));
  for (auto& hook : recorded.hooks) {
    DPCTL_TRY(hook.manifest, chart::restore(hook.manifest, recorded.secrets));
  }
  return recorded;
}

}  // namespace dpctl::deploy
