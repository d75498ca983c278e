{{- define "hello" -}}hello {{ .Values.name }}{{- end -}}
{{- define "echo" -}}[{{ . }}]{{- end -}}
{{- define "json" -}}{{ toJson . }}{{- end -}}
{{- define "set" -}}{{- $_ := set . "changed" "yes" -}}{{- end -}}
{{- define "blank" }}
{{ end -}}
{{- define "nested" -}}<{{ include "echo" .x }}|{{ template "echo" .y }}>{{- end -}}
{{- define "fails" -}}{{ .Values.missing.deeper }}{{- end -}}
{{- define "deep" -}}{{ .a }}{{ (.a).b }}{{ with . }}x{{ end }}{{- end -}}
