{{- define "common.cm" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .name }}-{{ .ctx.Chart.Name }}
{{- end -}}
