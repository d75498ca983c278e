{{- define "infra.labels" -}}
app.kubernetes.io/part-of: data-processing
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Takes root and name. */}}
{{- define "infra.selectorLabels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* REGISTRY/REPOSITORY:TAG. Takes root and image. */}}
{{- define "infra.image" -}}
{{- if .root.Values.global.image.registry -}}
{{ printf "%s/%s:%v" (trimSuffix "/" .root.Values.global.image.registry) .image.repository .image.tag }}
{{- else -}}
{{ printf "%s:%v" .image.repository .image.tag }}
{{- end -}}
{{- end }}

{{- define "infra.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end }}

{{/* What every pod has. Takes root and name. */}}
{{- define "infra.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  fsGroup: 65532
  runAsGroup: 65532
  runAsNonRoot: true
  runAsUser: 65532
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.global.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .root.Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- $top := . }}
  {{- range .root.Values.topologySpread.topologyKeys }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "infra.selectorLabels" $top | nindent 8 }}
  {{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* What the scripts of Redis and Sentinel read. Takes the root. */}}
{{- define "infra.redisEnvironment" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: REDIS_COUNT
  value: {{ .Values.redis.replicas | toString | quote }}
- name: SENTINEL_COUNT
  value: {{ .Values.sentinel.replicas | toString | quote }}
- name: MASTER_NAME
  value: {{ .Values.sentinel.master | quote }}
- name: REDISCLI_AUTH
  valueFrom:
    secretKeyRef:
      name: {{ .Values.redis.auth.existingSecret }}
      key: {{ .Values.redis.auth.key }}
      optional: true
{{- end }}

{{- define "infra.redisScripts" -}}
{{- range $name := list "configure-sentinel.sh" "lib.sh" "start-redis.sh" }}
{{ $name }}: |
  {{- $.Files.Get (printf "files/%s" $name) | nindent 2 }}
{{- end }}
{{- end }}

{{- define "infra.pgbouncerIni" -}}
[databases]
* = host={{ .Values.pgbouncer.upstream.host }} port={{ .Values.pgbouncer.upstream.port }}

[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 6432
unix_socket_dir =
auth_type = {{ .Values.pgbouncer.authType }}
auth_file = /etc/pgbouncer/users/{{ .Values.pgbouncer.userlist.key }}
pool_mode = {{ .Values.pgbouncer.poolMode }}
default_pool_size = {{ .Values.pgbouncer.defaultPoolSize }}
min_pool_size = {{ .Values.pgbouncer.minPoolSize }}
reserve_pool_size = {{ .Values.pgbouncer.reservePoolSize }}
max_client_conn = {{ .Values.pgbouncer.maxClientConnections }}
ignore_startup_parameters = extra_float_digits
{{- range $name, $value := .Values.pgbouncer.settings }}
{{ $name }} = {{ $value }}
{{- end }}
{{- end }}
