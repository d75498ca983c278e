#pragma once

#include <array>
#include <string_view>

namespace dpctl::chart {

/// An API that Kubernetes deprecated, as the lint of Helm 4.1.4 reports it;
/// tests/differential/chart/charts/old-apis has an object of each.
struct OldApi {
  std::string_view api_version, kind;
  int deprecated, removed;  ///< minor versions of Kubernetes 1; 0 for never
  std::string_view instead;
  std::string_view instead_kind{};  ///< when it is another one
};
inline constexpr std::array kOldApis{
    OldApi{"admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", 16, 22,
           "admissionregistration.k8s.io/v1"},
    OldApi{"admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", 31, 34, ""},
    OldApi{"admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyBinding", 31, 34, ""},
    OldApi{"admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", 16, 22,
           "admissionregistration.k8s.io/v1"},
    OldApi{"apps/v1beta1", "ControllerRevision", 8, 16, "apps/v1"},
    OldApi{"apps/v1beta1", "Deployment", 8, 16, "apps/v1"},
    OldApi{"apps/v1beta1", "Scale", 8, 16, "autoscaling/v1"},
    OldApi{"apps/v1beta1", "StatefulSet", 8, 16, "apps/v1"},
    OldApi{"apps/v1beta2", "ControllerRevision", 9, 16, "apps/v1"},
    OldApi{"apps/v1beta2", "DaemonSet", 9, 16, "apps/v1"},
    OldApi{"apps/v1beta2", "Deployment", 9, 16, "apps/v1"},
    OldApi{"apps/v1beta2", "ReplicaSet", 9, 16, "apps/v1"},
    OldApi{"apps/v1beta2", "Scale", 9, 16, "autoscaling/v1"},
    OldApi{"apps/v1beta2", "StatefulSet", 9, 16, "apps/v1"},
    OldApi{"authentication.k8s.io/v1beta1", "SelfSubjectReview", 30, 33, ""},
    OldApi{"authentication.k8s.io/v1beta1", "TokenReview", 19, 22, "authentication.k8s.io/v1"},
    OldApi{"authorization.k8s.io/v1beta1", "LocalSubjectAccessReview", 19, 22, "authorization.k8s.io/v1"},
    OldApi{"authorization.k8s.io/v1beta1", "SelfSubjectAccessReview", 19, 22, "authorization.k8s.io/v1"},
    OldApi{"authorization.k8s.io/v1beta1", "SelfSubjectRulesReview", 19, 22, "authorization.k8s.io/v1"},
    OldApi{"authorization.k8s.io/v1beta1", "SubjectAccessReview", 19, 22, "authorization.k8s.io/v1"},
    OldApi{"autoscaling/v2beta1", "HorizontalPodAutoscaler", 22, 25, "autoscaling/v2"},
    OldApi{"autoscaling/v2beta2", "HorizontalPodAutoscaler", 23, 26, "autoscaling/v2"},
    OldApi{"batch/v1beta1", "CronJob", 21, 25, "batch/v1"},
    OldApi{"certificates.k8s.io/v1beta1", "CertificateSigningRequest", 19, 22, "certificates.k8s.io/v1"},
    OldApi{"coordination.k8s.io/v1beta1", "Lease", 19, 22, "coordination.k8s.io/v1"},
    OldApi{"discovery.k8s.io/v1beta1", "EndpointSlice", 21, 25, "discovery.k8s.io/v1"},
    OldApi{"events.k8s.io/v1beta1", "Event", 22, 25, ""},
    OldApi{"extensions/v1beta1", "DaemonSet", 8, 16, "apps/v1"},
    OldApi{"extensions/v1beta1", "Deployment", 8, 16, "apps/v1"},
    OldApi{"extensions/v1beta1", "Ingress", 14, 22, "networking.k8s.io/v1"},
    OldApi{"extensions/v1beta1", "NetworkPolicy", 9, 16, "networking.k8s.io/v1"},
    OldApi{"extensions/v1beta1", "ReplicaSet", 8, 16, "apps/v1"},
    OldApi{"extensions/v1beta1", "Scale", 2, 16, ""},
    OldApi{"flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", 23, 26,
           "flowcontrol.apiserver.k8s.io/v1beta3"},
    OldApi{"flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration", 23, 26,
           "flowcontrol.apiserver.k8s.io/v1beta3"},
    OldApi{"flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", 26, 29,
           "flowcontrol.apiserver.k8s.io/v1beta3"},
    OldApi{"flowcontrol.apiserver.k8s.io/v1beta2", "PriorityLevelConfiguration", 26, 29,
           "flowcontrol.apiserver.k8s.io/v1beta3"},
    OldApi{"flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", 29, 32, "flowcontrol.apiserver.k8s.io/v1"},
    OldApi{"flowcontrol.apiserver.k8s.io/v1beta3", "PriorityLevelConfiguration", 29, 32,
           "flowcontrol.apiserver.k8s.io/v1"},
    OldApi{"networking.k8s.io/v1beta1", "IPAddress", 34, 37, ""},
    OldApi{"networking.k8s.io/v1beta1", "Ingress", 19, 22, "networking.k8s.io/v1"},
    OldApi{"networking.k8s.io/v1beta1", "IngressClass", 19, 22, "networking.k8s.io/v1", "IngressClassList"},
    OldApi{"networking.k8s.io/v1beta1", "ServiceCIDR", 34, 37, ""},
    OldApi{"node.k8s.io/v1beta1", "RuntimeClass", 22, 25, ""},
    OldApi{"policy/v1beta1", "Eviction", 22, 25, ""},
    OldApi{"policy/v1beta1", "PodDisruptionBudget", 21, 25, "policy/v1"},
    OldApi{"rbac.authorization.k8s.io/v1beta1", "ClusterRole", 17, 22, "rbac.authorization.k8s.io/v1"},
    OldApi{"rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", 17, 22, "rbac.authorization.k8s.io/v1"},
    OldApi{"rbac.authorization.k8s.io/v1beta1", "Role", 17, 22, "rbac.authorization.k8s.io/v1"},
    OldApi{"rbac.authorization.k8s.io/v1beta1", "RoleBinding", 17, 22, "rbac.authorization.k8s.io/v1"},
    OldApi{"resource.k8s.io/v1beta1", "DeviceClass", 35, 38, ""},
    OldApi{"resource.k8s.io/v1beta1", "ResourceClaim", 35, 38, ""},
    OldApi{"resource.k8s.io/v1beta1", "ResourceClaimTemplate", 35, 38, ""},
    OldApi{"resource.k8s.io/v1beta1", "ResourceSlice", 35, 38, ""},
    OldApi{"scheduling.k8s.io/v1beta1", "PriorityClass", 14, 22, "scheduling.k8s.io/v1"},
    OldApi{"storage.k8s.io/v1beta1", "CSIDriver", 19, 22, "storage.k8s.io/v1"},
    OldApi{"storage.k8s.io/v1beta1", "CSINode", 17, 22, "storage.k8s.io/v1"},
    OldApi{"storage.k8s.io/v1beta1", "CSIStorageCapacity", 24, 27, "storage.k8s.io/v1"},
    OldApi{"storage.k8s.io/v1beta1", "StorageClass", 19, 22, "storage.k8s.io/v1"},
    OldApi{"storage.k8s.io/v1beta1", "VolumeAttachment", 19, 22, "storage.k8s.io/v1"},
    OldApi{"storage.k8s.io/v1beta1", "VolumeAttributesClass", 34, 37, "storage.k8s.io/v1"},
    OldApi{"v1", "ComponentStatus", 19, 0, ""},
    OldApi{"v1", "Endpoints", 33, 0, "discovery.k8s.io/v1", "EndpointSlice"},
};

}  // namespace dpctl::chart
