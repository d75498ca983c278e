#include "lib/plan/step.hpp"

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"

namespace dpctl::plan {
namespace {

Result<std::string> from_secret(Context& context, const SecretSource& source, std::string_view what_for) {
  const kube::ObjectRef ref{{"", "v1", "Secret"}, context.environment.ns, source.name};
  auto secret = context.cluster.get(ref, context.deadline, context.stop);
  if (!secret) return fail(secret.error().code, "no {}", what_for).because(std::move(secret).error());
  const Json& data = object_at(*secret, "data");
  if (!data.contains(source.key))
    return fail(Code::not_found, "no {}: secret {}/{} has no key {}", what_for, ref.ns, ref.name, source.key);
  return base64_decode(data[source.key].get<std::string>());
}

}  // namespace

std::string_view name_of(Change::Verb verb) {
  switch (verb) {
    case Change::Verb::create: return "create";
    case Change::Verb::configure: return "configure";
    case Change::Verb::remove: return "remove";
    case Change::Verb::run: return "run";
  }
  return "run";
}

Result<std::string> resolve(Context& context, const SecretSource& source, std::string_view what_for) {
  switch (source.kind) {
    case SecretSource::Kind::none: return std::string();
    case SecretSource::Kind::env: {
      const auto found = context.variables.find(source.name);
      if (found == context.variables.end())
        return fail(Code::usage, "no {}: the variable {} is not set", what_for, source.name)
            .hint("export {}, or change where {} comes from in {}", source.name, what_for,
                  context.environment.file.string());
      return found->second;
    }
    case SecretSource::Kind::file: {
      const auto path = context.environment.file.parent_path() / source.name;
      auto text = read_file(path, 1U << 20U);
      if (!text) return fail(Code::usage, "no {}", what_for).because(std::move(text).error());
      return std::string(trim(*text));
    }
    case SecretSource::Kind::secret_ref: return from_secret(context, source, what_for);
  }
  return std::string();
}

}  // namespace dpctl::plan
