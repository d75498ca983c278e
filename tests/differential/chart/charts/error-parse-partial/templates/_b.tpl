b: {{ nosuch . }}
