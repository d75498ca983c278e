#include "lib/kube/credentials.hpp"

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/kube/time.hpp"
#include "lib/net/certificate.hpp"

namespace dpctl::kube {
namespace {

class Fixed final : public Credentials {
 public:
  explicit Fixed(std::string authorization) : grant_{.authorization = std::move(authorization)} {}
  Result<Grant> grant(Deadline, StopToken) override { return grant_; }
  bool refused(const Grant&) override { return false; }

 private:
  Grant grant_;
};

class TokenFile final : public Credentials {
 public:
  TokenFile(std::filesystem::path file, std::string fallback)
      : file_(std::move(file)), token_(std::move(fallback)) {}

  Result<Grant> grant(Deadline, StopToken) override {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now >= read_again_) {
      auto text = read_file(file_, 1U << 20U);
      if (text && !trim(*text).empty()) {
        token_ = trim(*text);
        read_again_ = now + std::chrono::minutes(1);
      } else if (token_.empty()) {
        auto failure = fail(Code::denied, "no bearer token in {}", file_.string());
        if (!text) return std::move(failure).because(std::move(text).error());
        return failure;
      }
    }
    return Grant{.authorization = "Bearer " + token_};
  }

  bool refused(const Grant& refused) override {
    const std::lock_guard lock(mutex_);
    read_again_ = {};
    const auto text = read_file(file_, 1U << 20U);
    return text && "Bearer " + std::string(trim(*text)) != refused.authorization;
  }

 private:
  std::filesystem::path file_;
  std::mutex mutex_;
  std::string token_;
  std::chrono::steady_clock::time_point read_again_{};
};

class Exec final : public Credentials {
 public:
  explicit Exec(ExecPlugin plugin) : plugin_(std::move(plugin)) {}

  Result<Grant> grant(Deadline deadline, StopToken stop) override {
    const std::lock_guard lock(mutex_);
    if (valid_ && std::chrono::system_clock::now() < expires_) return grant_;
    DPCTL_TRY(auto fresh, run_exec_plugin(plugin_, deadline, stop));
    grant_ = std::move(fresh.first);
    expires_ = fresh.second;
    valid_ = true;
    return grant_;
  }

  bool refused(const Grant& refused) override {
    const std::lock_guard lock(mutex_);
    if (refused == grant_) valid_ = false;
    return true;
  }

 private:
  ExecPlugin plugin_;
  std::mutex mutex_;
  Grant grant_{};
  std::chrono::system_clock::time_point expires_{};
  bool valid_ = false;
};

}  // namespace

std::shared_ptr<Credentials> fixed_credentials(std::string authorization) {
  return std::make_shared<Fixed>(std::move(authorization));
}

std::shared_ptr<Credentials> token_file_credentials(std::filesystem::path file, std::string fallback) {
  return std::make_shared<TokenFile>(std::move(file), std::move(fallback));
}

std::shared_ptr<Credentials> exec_credentials(ExecPlugin plugin) {
  return std::make_shared<Exec>(std::move(plugin));
}

Result<void> check_client_certificate(const std::string& cert_pem, const std::string& key_pem,
                                      std::string_view user) {
  auto certificates = net::parse_certificates(cert_pem);
  if (!certificates) {
    return fail(Code::usage, "cannot read the client certificate of user \"{}\"", user)
        .because(std::move(certificates).error());
  }
  auto same = net::key_matches(cert_pem, key_pem);
  if (!same)
    return fail(Code::usage, "cannot read the client key of user \"{}\"", user)
        .because(std::move(same).error());
  if (!*same) return fail(Code::usage, "the client key of user \"{}\" belongs to another certificate", user);
  const net::Certificate& certificate = certificates->front();
  const auto now = std::chrono::system_clock::now();
  if (certificate.not_after < now) {
    return fail(Code::denied, "the client certificate of user \"{}\" ({}) expired on {}", user,
                certificate.subject, format_time(certificate.not_after))
        .hint("renew the credentials of user \"{}\", for example with the tool that wrote the kubeconfig",
              user)
        .hint("or choose another user with --user or --context");
  }
  if (certificate.not_before > now) {
    return fail(Code::denied, "the client certificate of user \"{}\" ({}) is valid only from {}", user,
                certificate.subject, format_time(certificate.not_before))
        .hint("compare this machine's clock with the cluster's");
  }
  return {};
}

}  // namespace dpctl::kube
