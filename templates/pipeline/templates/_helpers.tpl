{{/* The guide's name of a service's objects: normalization-service. */}}
{{- define "pipeline.serviceName" -}}
{{ printf "%s-service" .name }}
{{- end }}

{{/* What a selector is made of; it can never change. Takes root and name. */}}
{{- define "pipeline.selectorLabels" -}}
app.kubernetes.io/name: {{ include "pipeline.serviceName" . }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* Labels of every object. Takes the root. */}}
{{- define "pipeline.labels" -}}
app.kubernetes.io/part-of: data-processing
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The whole reference if one is given, else REGISTRY/REPOSITORY:TAG. Takes root and image. */}}
{{- define "pipeline.image" -}}
{{- $tag := .image.tag | default .root.Values.global.image.tag | default .root.Chart.AppVersion -}}
{{- if .image.reference -}}
{{ .image.reference }}
{{- else if .root.Values.global.image.registry -}}
{{ printf "%s/%s:%v" (trimSuffix "/" .root.Values.global.image.registry) .image.repository $tag }}
{{- else -}}
{{ printf "%s:%v" .image.repository $tag }}
{{- end -}}
{{- end }}

{{/* What the services are told, without secrets: the data of the ConfigMap. Takes the root. */}}
{{- define "pipeline.settings" -}}
DATA_PROC_CLICKHOUSE_DATABASE: {{ .Values.clickhouse.database | quote }}
DATA_PROC_CLICKHOUSE_URL: {{ .Values.clickhouse.url | quote }}
DATA_PROC_CLICKHOUSE_USER: {{ .Values.clickhouse.user | quote }}
DATA_PROC_ENV: {{ .Values.global.environment | quote }}
DATA_PROC_HEALTH_PORT: "8080"
DATA_PROC_INTERNAL_API_PORT: "8085"
DATA_PROC_KAFKA_BOOTSTRAP: {{ .Values.kafka.bootstrap | quote }}
DATA_PROC_KAFKA_PARTITIONS: {{ .Values.kafka.partitions | toString | quote }}
DATA_PROC_KAFKA_REPLICATION: {{ .Values.kafka.replication | toString | quote }}
DATA_PROC_LOG_LEVEL: {{ .Values.global.logLevel | quote }}
DATA_PROC_METRICS_PORT: "9090"
{{- if .Values.redis.sentinels }}
DATA_PROC_REDIS_MASTER: {{ .Values.redis.master | quote }}
DATA_PROC_REDIS_SENTINELS: {{ join "," .Values.redis.sentinels | quote }}
{{- else if .Values.redis.url }}
DATA_PROC_REDIS_URL: {{ .Values.redis.url | quote }}
{{- end }}
DATA_PROC_TENANT_ID: {{ .Values.global.tenant | quote }}
{{- range $name, $value := .Values.settings }}
DATA_PROC_{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{/* Of a container: nothing that a service does not need. */}}
{{- define "pipeline.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end }}

{{- define "pipeline.podSecurity" -}}
fsGroup: 65532
runAsGroup: 65532
runAsNonRoot: true
runAsUser: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}
