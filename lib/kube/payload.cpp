// lib/kube/payload.cpp: Secrets and ConfigMaps out of Kubernetes' protobuf.
//
// JSON would cost twice: the server encodes every payload as base64 text, and here a tree would be built around
// it. In protobuf the bytes come as they are, and one pass over the answer finds them. Only the fields that
// Payload names are looked at; their numbers are fixed by the generated.proto files of the API.
#include "lib/kube/payload.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"

namespace dpctl::kube {
namespace {

constexpr std::string_view kMagic{"k8s\0", 4};

/// One field of a message: a number, and its bytes when it has some.
struct Field {
  std::uint32_t number = 0;
  std::string_view bytes{};
};

/// The fields of one message, one after the other.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  /// nullopt at the end, and when what follows is no field (damaged() then).
  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    const auto key = varint();
    if (!key) return broken();
    const Field field{.number = static_cast<std::uint32_t>(*key >> 3U)};
    switch (*key & 7U) {
      case 0: return varint() ? std::optional(field) : broken();
      case 1: return bytes_of(field, 8);
      case 2: {
        const auto size = varint();
        return size ? bytes_of(field, *size) : broken();
      }
      case 5: return bytes_of(field, 4);
      default: return broken();
    }
  }
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::optional<Field> bytes_of(Field field, std::uint64_t size) {
    if (size > rest_.size()) return broken();
    field.bytes = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(static_cast<std::size_t>(size));
    return field;
  }

  std::optional<Field> broken() {
    damaged_ = true;
    return std::nullopt;
  }

  std::string_view rest_;
  bool damaged_ = false;
};

/// Calls `take` with each field; false when the message is damaged, or `take` says that a field is.
template <class Take>
bool each_field(std::string_view bytes, const Take& take) {
  Message message(bytes);
  while (const auto field = message.next())
    if (!take(*field)) return false;
  return !message.damaged();
}

bool read_entry(std::string_view bytes, Payload::Texts& into) {
  std::string key, value;
  const bool whole = each_field(bytes, [&](const Field& field) {
    if (field.number == 1) key = field.bytes;
    if (field.number == 2) value = field.bytes;
    return true;
  });
  if (whole) into[std::move(key)] = std::move(value);
  return whole;
}

/// ObjectMeta: name 1, namespace 3, uid 5, resourceVersion 6, labels 11, annotations 12.
bool read_metadata(std::string_view bytes, Payload& into) {
  return each_field(bytes, [&](const Field& field) {
    switch (field.number) {
      case 1: into.name = field.bytes; return true;
      case 3: into.ns = field.bytes; return true;
      case 5: into.uid = field.bytes; return true;
      case 6: into.resource_version = field.bytes; return true;
      case 11: return read_entry(field.bytes, into.labels);
      case 12: return read_entry(field.bytes, into.annotations);
      default: return true;
    }
  });
}

/// Secret: metadata 1, data 2, then type and stringData. ConfigMap: metadata 1, data 2, binaryData 3.
/// PartialObjectMetadata: metadata 1.
bool read_object(std::string_view kind, std::string_view bytes, Payload& into) {
  return each_field(bytes, [&](const Field& field) {
    if (field.number == 1) return read_metadata(field.bytes, into);
    if (field.number == 2 || (field.number == 3 && kind == "ConfigMap"))
      return read_entry(field.bytes, into.data);
    return true;
  });
}

/// SecretList, ConfigMapList, PartialObjectMetadataList: items 2.
bool read_list(std::string_view kind, std::string_view bytes, std::vector<Payload>& into) {
  return each_field(bytes, [&](const Field& field) {
    return field.number != 2 || read_object(kind, field.bytes, into.emplace_back());
  });
}

/// runtime.Unknown: typeMeta 1, raw 2.
struct Envelope {
  std::string_view type_meta{}, raw{};
};

std::optional<Envelope> open_envelope(std::string_view protobuf) {
  if (!protobuf.starts_with(kMagic)) return std::nullopt;
  Envelope envelope;
  const bool whole = each_field(protobuf.substr(kMagic.size()), [&](const Field& field) {
    if (field.number == 1) envelope.type_meta = field.bytes;
    if (field.number == 2) envelope.raw = field.bytes;
    return true;
  });
  return whole ? std::optional(envelope) : std::nullopt;
}

/// TypeMeta: apiVersion 1, kind 2.
std::string_view kind_in(std::string_view type_meta) {
  std::string_view kind;
  (void)each_field(type_meta, [&](const Field& field) {
    if (field.number == 2) kind = field.bytes;
    return true;
  });
  return kind;
}

}  // namespace

std::string_view name_of(PayloadKind kind) { return kind == PayloadKind::secret ? "Secret" : "ConfigMap"; }

Result<std::vector<Payload>> read_payloads(std::string_view protobuf) {
  const auto envelope = open_envelope(protobuf);
  if (!envelope) return fail(Code::failed, "the answer is not Kubernetes' protobuf, or is cut short");
  const auto kind = kind_in(envelope->type_meta);
  const bool list = kind.ends_with("List");
  const auto item = list ? kind.substr(0, kind.size() - 4) : kind;
  if (item != "Secret" && item != "ConfigMap" && item != "PartialObjectMetadata")
    return fail(Code::failed, "the answer is a {}, and neither Secrets nor ConfigMaps", kind);
  std::vector<Payload> payloads;
  const bool whole = list ? read_list(item, envelope->raw, payloads)
                          : read_object(item, envelope->raw, payloads.emplace_back());
  if (!whole) return fail(Code::failed, "the answer is cut short or damaged");
  return payloads;
}

namespace {

void add_texts(const Json& object, Payload::Texts& into) {
  for (const auto& [key, value] : object.items())
    if (value.is_string()) into[key] = value.get<std::string>();
}

Result<void> add_bytes(const Json& object, Payload::Texts& into) {
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) continue;
    DPCTL_TRY(into[key], base64_decode(value.get_ref<const std::string&>()));
  }
  return {};
}

Result<Payload> payload_of(const Json& object, PayloadKind kind) {
  Payload payload{.ns = string_at(object, "metadata.namespace"),
                  .name = string_at(object, "metadata.name"),
                  .uid = string_at(object, "metadata.uid"),
                  .resource_version = string_at(object, "metadata.resourceVersion")};
  add_texts(object_at(object, "metadata.labels"), payload.labels);
  add_texts(object_at(object, "metadata.annotations"), payload.annotations);
  if (kind == PayloadKind::secret) {
    DPCTL_CHECK(add_bytes(object_at(object, "data"), payload.data));
    return payload;
  }
  add_texts(object_at(object, "data"), payload.data);
  DPCTL_CHECK(add_bytes(object_at(object, "binaryData"), payload.data));
  return payload;
}

}  // namespace

Result<std::vector<Payload>> read_payloads(const Json& tree, PayloadKind kind) {
  std::vector<Payload> payloads;
  if (!string_at(tree, "kind").ends_with("List")) {
    DPCTL_TRY(payloads.emplace_back(), payload_of(tree, kind));
    return payloads;
  }
  for (const auto& item : array_at(tree, "items")) {
    DPCTL_TRY(payloads.emplace_back(), payload_of(item, kind));
  }
  return payloads;
}

std::optional<std::string> message_of_status(std::string_view protobuf) {
  const auto envelope = open_envelope(protobuf);
  if (!envelope) return std::nullopt;
  std::string message;
  // Status: metadata 1, status 2, message 3.
  (void)each_field(envelope->raw, [&](const Field& field) {
    if (field.number == 3) message = field.bytes;
    return true;
  });
  return message;
}

}  // namespace dpctl::kube
