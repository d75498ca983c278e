// lib/kube/apply.cpp: the verbs that name objects, one or many at a time.
//
// Many means one wave: discovery answers for all kinds together, then every request goes out at once and the
// HTTP client keeps at most 96 of them on the wire. Nothing is serial per object, so that a far server costs
// one round trip and not one per object.
#include <nlohmann/json.hpp>

#include "lib/kube/cluster_state.hpp"

namespace dpctl::kube {
namespace {

void complete_apply(Call& call, const Json& object, const ApplyOptions& options) {
  Query query;
  query.add("fieldManager", options.field_manager).add("fieldValidation", "Strict");
  query.add("force", options.force_conflicts ? "true" : "false").add("dryRun", options.dry_run ? "All" : "");
  call.method = "PATCH";
  call.path += query.text();
  call.content_type = "application/apply-patch+yaml";
  call.idempotent = true;
  // The server refuses an apply that carries managedFields.
  const Json& metadata = object_at(object, "metadata");
  if (metadata.contains("managedFields")) {
    Json without = object;
    without["metadata"].erase("managedFields");
    call.body = dump_json(without);
  } else {
    call.body = dump_json(object);
  }
}

std::string_view name_of(Cluster::Propagation propagation) {
  switch (propagation) {
    case Cluster::Propagation::foreground: return "Foreground";
    case Cluster::Propagation::orphan: return "Orphan";
    case Cluster::Propagation::background: break;
  }
  return "Background";
}

/// What was prepared goes out together; what could not be prepared keeps its error. The answers stand in the
/// order of the calls.
template <class Answer, class SendAll>
std::vector<Result<Answer>> send_prepared(std::vector<Result<Call>> prepared,
                                          const std::function<void(std::size_t)>& on_done,
                                          const SendAll& send_all) {
  std::vector<Call> calls;
  std::vector<std::size_t> places;
  std::vector<Result<Answer>> answers(prepared.size(), tl::make_unexpected(Error{}));
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    if (prepared[i]) {
      calls.push_back(*std::move(prepared[i]));
      places.push_back(i);
    } else {
      answers[i] = fail(std::move(prepared[i]).error());
      if (on_done) on_done(i);
    }
  }
  std::function<void(std::size_t)> report;
  if (on_done) report = [&](std::size_t i) { on_done(places[i]); };
  auto sent = send_all(std::span<const Call>(calls), report);
  for (std::size_t i = 0; i < sent.size(); ++i) answers[places[i]] = std::move(sent[i]);
  return answers;
}

}  // namespace

std::vector<Result<Call>> Cluster::State::prepare(std::span<const ObjectRef> refs, std::string_view verb,
                                                  Deadline deadline, const StopToken& stop,
                                                  const std::function<void(std::size_t, Call&)>& complete) {
  std::vector<Gvk> kinds;
  kinds.reserve(refs.size());
  for (const auto& ref : refs) kinds.push_back(ref.gvk);
  auto types = discovery.of_all(kinds, deadline, stop);
  std::vector<Result<Call>> calls;
  calls.reserve(refs.size());
  for (std::size_t i = 0; i < refs.size(); ++i) {
    Call call;
    call.subject = subject(verb, refs[i]);
    if (!types[i]) {
      Error error = std::move(types[i]).error();
      if (!error.where) error.where = Place{.subject = call.subject};
      calls.emplace_back(fail(std::move(error)));
      continue;
    }
    auto where = path(*types[i], refs[i]);
    if (!where) {
      calls.emplace_back(fail(std::move(where).error()));
      continue;
    }
    call.path = *std::move(where);
    complete(i, call);
    calls.emplace_back(std::move(call));
  }
  return calls;
}

std::vector<Result<Json>> Cluster::get_all(std::span<const ObjectRef> refs, Deadline deadline,
                                           StopToken stop) {
  auto calls = state_->prepare(refs, "get", deadline, stop, [](std::size_t, Call&) {});
  return send_prepared<Json>(std::move(calls), {}, [&](std::span<const Call> ready, const auto& on_done) {
    return state_->requests.json_all(ready, deadline, stop, on_done);
  });
}

std::vector<Result<Json>> Cluster::tables(std::span<const ObjectRef> refs, Deadline deadline, StopToken stop) {
  auto calls = state_->prepare(refs, "get", deadline, stop, [](std::size_t, Call& call) {
    call.accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  });
  return send_prepared<Json>(std::move(calls), {}, [&](std::span<const Call> ready, const auto& on_done) {
    return state_->requests.json_all(ready, deadline, stop, on_done);
  });
}

std::vector<Result<Json>> Cluster::apply_all(std::span<const Json> objects, const ApplyOptions& options,
                                             Deadline deadline, StopToken stop,
                                             const std::function<void(std::size_t)>& on_done) {
  std::vector<ObjectRef> refs;
  refs.reserve(objects.size());
  for (const auto& object : objects) refs.push_back(ref_of(object));
  const std::string_view verb = options.dry_run ? "try to apply" : "apply";
  auto calls = state_->prepare(refs, verb, deadline, stop,
                               [&](std::size_t i, Call& call) { complete_apply(call, objects[i], options); });
  return send_prepared<Json>(std::move(calls), on_done, [&](std::span<const Call> ready, const auto& report) {
    return state_->requests.json_all(ready, deadline, stop, report);
  });
}

Result<Json> Cluster::apply(const Json& object, const ApplyOptions& options, Deadline deadline,
                            StopToken stop) {
  return std::move(apply_all(std::span(&object, 1), options, deadline, stop).front());
}

std::vector<Result<bool>> Cluster::remove_all(std::span<const ObjectRef> refs, Propagation propagation,
                                              Deadline deadline, StopToken stop) {
  Query query;
  query.add("propagationPolicy", name_of(propagation));
  auto calls = state_->prepare(refs, "delete", deadline, stop, [&](std::size_t, Call& call) {
    call.method = "DELETE";
    call.path += query.text();
  });
  auto answers = send_prepared<net::Response>(
      std::move(calls), {}, [&](std::span<const Call> ready, const auto& on_done) {
        return state_->requests.send_all(ready, deadline, stop, on_done);
      });
  std::vector<Result<bool>> removed;
  removed.reserve(answers.size());
  for (auto& answer : answers) {
    if (answer) {
      removed.emplace_back(true);
    } else if (answer.error().code == Code::not_found) {
      removed.emplace_back(false);  // the object, or its whole kind
    } else {
      removed.emplace_back(fail(std::move(answer).error()));
    }
  }
  return removed;
}

Result<bool> Cluster::remove(const ObjectRef& ref, Propagation propagation, Deadline deadline,
                             StopToken stop) {
  return std::move(remove_all(std::span(&ref, 1), propagation, deadline, stop).front());
}

Result<Json> Cluster::create(const Json& object, Deadline deadline, StopToken stop) {
  const ObjectRef ref = ref_of(object);
  DPCTL_TRY(const ResourceType type, state_->discovery.of(ref.gvk, deadline, stop));
  Query query;
  query.add("fieldManager", "dpctl").add("fieldValidation", "Strict");
  Call call;
  call.method = "POST";
  call.path = State::collection(type, ref.ns.empty() ? connection().ns : ref.ns) + query.text();
  call.subject = state_->subject("create", ref);
  call.content_type = "application/json";
  call.body = dump_json(object);
  return state_->requests.json(call, deadline, stop);
}

Result<Json> Cluster::replace(const Json& object, Deadline deadline, StopToken stop) {
  DPCTL_TRY(Call call, state_->call("PUT", "replace", ref_of(object), deadline, stop));
  Query query;
  query.add("fieldManager", "dpctl").add("fieldValidation", "Strict");
  call.path += query.text();
  call.content_type = "application/json";
  call.body = dump_json(object);
  // With a resourceVersion the second arrival of the same request is a conflict and not a second write.
  call.idempotent = false;
  return state_->requests.json(call, deadline, stop);
}

Result<Json> Cluster::patch(const ObjectRef& ref, const Json& body, std::string_view type, Deadline deadline,
                            StopToken stop, std::string_view subresource) {
  DPCTL_TRY(Call call, state_->call("PATCH", "patch", ref, deadline, stop, subresource));
  Query query;
  query.add("fieldManager", "dpctl");
  call.path += query.text();
  call.content_type = type;
  call.body = dump_json(body);
  return state_->requests.json(call, deadline, stop);
}

}  // namespace dpctl::kube
