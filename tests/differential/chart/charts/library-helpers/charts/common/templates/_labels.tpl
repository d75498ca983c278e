{{ define "common.labels" }}kind: Labels
v: {{ .Values.common.v }}{{ end }}