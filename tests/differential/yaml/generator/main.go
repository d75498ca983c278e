// Prints, for a seed, generated YAML and JSON documents with what sigs.k8s.io/yaml makes of them: one JSON object a line, texts in
// base64. ../compare.cpp reads the stream and holds lib/data against it.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"strings"

	goyaml "go.yaml.in/yaml/v2"
	"sigs.k8s.io/yaml"
)

type record struct {
	Kind      string `json:"kind"`            // "yaml": input is YAML; "json": input is JSON that is to be written as YAML
	Input     string `json:"input"`           // base64
	OK        bool   `json:"ok"`              // yaml: the library reads it
	Ambiguous bool   `json:"ambiguous"`       // two keys have one text (1 and "1"): the library's choice between them is random
	Repeated  bool   `json:"repeated"`        // a key appears twice: what stood under the first is never looked at
	JSON      string `json:"json"`            // base64
	YAML      string `json:"yaml"`            // base64, what Marshal writes for the value
	Spoiled   bool   `json:"spoiled"`         // Marshal refuses or changes a text of the value
	Error     string `json:"error,omitempty"` // for a person
}

func base(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// textOf is the string that sigs.k8s.io/yaml makes of a key.
func textOf(key interface{}) string {
	if f, ok := key.(float64); ok {
		return fmt.Sprintf("%v", float32(f))
	}
	return fmt.Sprintf("%v", key)
}

func ambiguous(value interface{}) bool {
	switch v := value.(type) {
	case map[interface{}]interface{}:
		seen := map[string]bool{}
		for key, child := range v {
			text := textOf(key)
			if f, ok := key.(float64); ok && f == float64(int64(f)) {
				seen[fmt.Sprintf("%v", f)] = true
			}
			if seen[text] || ambiguous(child) {
				return true
			}
			seen[text] = true
		}
	case []interface{}:
		for _, child := range v {
			if ambiguous(child) {
				return true
			}
		}
	}
	return false
}

func read(input []byte) (out []byte, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	return yaml.YAMLToJSON(input)
}

func write(r *record, text []byte) {
	out, err := yaml.JSONToYAML(text)
	r.YAML = base(out)
	r.Spoiled = err != nil || strings.Contains(string(text), "\u0085")
}

func yamlCase(input []byte) record {
	r := record{Kind: "yaml", Input: base(input)}
	out, err := read(input)
	if err != nil {
		r.Error = err.Error()
		return r
	}
	r.OK = true
	r.JSON = base(out)
	var tree interface{}
	if goyaml.Unmarshal(input, &tree) == nil {
		r.Ambiguous = ambiguous(tree)
	}
	_, err = yaml.YAMLToJSONStrict(input)
	r.Repeated = err != nil
	write(&r, out)
	return r
}

func jsonCase(value interface{}) record {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	r := record{Kind: "json", Input: base(text), OK: true, JSON: base(text)}
	write(&r, text)
	return r
}

func main() {
	seed := flag.Int64("seed", 1, "the same seed gives the same documents")
	count := flag.Int("count", 5000, "how many documents")
	flag.Parse()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for i := 0; i < *count; i++ {
		g := &generator{Rand: rand.New(rand.NewSource(*seed*1_000_003 + int64(i)))}
		var r record
		switch i % 5 {
		case 0:
			r = jsonCase(g.value(4))
		case 1:
			r = yamlCase(seen(g.soup()))
		case 2:
			r = yamlCase(seen(g.broken(g.document())))
		default:
			r = yamlCase(seen(g.document()))
		}
		if err := encoder.Encode(r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
