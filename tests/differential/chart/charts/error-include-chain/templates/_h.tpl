{{ define "one" }}
{{ include "two" . | indent 2 }}{{ end }}
{{ define "two" }}{{ required "two needs x" .Values.x }}{{ end }}
