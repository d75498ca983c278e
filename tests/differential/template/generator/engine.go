package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"dpctl/tests/differential/template/common"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/sprig/v3"
	goyaml "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

// Helm's functions over Sprig's, declared by what they do.
func functions() template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")
	text := func(marshal func(interface{}) ([]byte, error)) func(interface{}) string {
		return func(value interface{}) string {
			out, err := marshal(value)
			if err != nil {
				return ""
			}
			return strings.TrimSuffix(string(out), "\n")
		}
	}
	must := func(marshal func(interface{}) ([]byte, error)) func(interface{}) string {
		return func(value interface{}) string {
			out, err := marshal(value)
			if err != nil {
				panic(err)
			}
			return strings.TrimSuffix(string(out), "\n")
		}
	}
	readMap := func(read func([]byte, interface{}) error) func(string) map[string]interface{} {
		return func(text string) map[string]interface{} {
			out := map[string]interface{}{}
			if err := read([]byte(text), &out); err != nil {
				out["Error"] = err.Error()
			}
			return out
		}
	}
	readList := func(read func([]byte, interface{}) error) func(string) []interface{} {
		return func(text string) []interface{} {
			out := []interface{}{}
			if err := read([]byte(text), &out); err != nil {
				out = []interface{}{err.Error()}
			}
			return out
		}
	}
	readYAML := func(text []byte, into interface{}) error { return yaml.Unmarshal(text, into) }
	all["toYaml"], all["mustToYaml"] = text(yaml.Marshal), must(yaml.Marshal)
	all["toJson"], all["mustToJson"] = text(json.Marshal), must(json.Marshal)
	all["toYamlPretty"] = text(func(value interface{}) ([]byte, error) {
		var out bytes.Buffer
		encoder := goyaml.NewEncoder(&out)
		encoder.SetIndent(2)
		err := encoder.Encode(value)
		return out.Bytes(), err
	})
	all["toToml"] = func(value interface{}) string {
		var out bytes.Buffer
		if err := toml.NewEncoder(&out).Encode(value); err != nil {
			return err.Error()
		}
		return out.String()
	}
	all["fromYaml"], all["fromYamlArray"] = readMap(readYAML), readList(readYAML)
	all["fromJson"], all["fromJsonArray"] = readMap(json.Unmarshal), readList(json.Unmarshal)
	all["fromToml"] = readMap(toml.Unmarshal)
	all["lookup"] = func(string, string, string, string) (map[string]interface{}, error) {
		return map[string]interface{}{}, nil
	}
	all["getHostByName"] = func(string) string { return "" }
	all["fail"] = func(message string) (string, error) {
		return "", errors.New("HELM_ERR_START" + message + "HELM_ERR_END")
	}
	all["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New("HELM_ERR_START" + message + "HELM_ERR_END")
		}
		return value, nil
	}
	all["include"] = func(string, interface{}) string { return "" }
	all["tpl"] = func(string, interface{}) string { return "" }
	return all
}

var allFunctions = functions()

func include(t *template.Template, depth map[string]int) func(string, interface{}) (string, error) {
	return func(name string, data interface{}) (string, error) {
		if depth[name] > 1000 {
			return "", fmt.Errorf("rendering template has a nested reference name: %s: unable to execute template", name)
		}
		depth[name]++
		defer func() { depth[name]-- }()
		var out strings.Builder
		err := t.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
}

// A text of `tpl` sees what its caller sees, and what it defines is gone after it.
func tpl(parent *template.Template, depth map[string]int) func(string, interface{}) (string, error) {
	return func(text string, data interface{}) (string, error) {
		t, err := parent.Clone()
		if err != nil {
			return "", err
		}
		t.Option("missingkey=zero")
		t.Funcs(template.FuncMap{"include": include(t, depth), "tpl": tpl(t, depth)})
		t, err = t.New(parent.Name()).Parse(text)
		if err != nil {
			return "", fmt.Errorf("cannot parse template %q: %w", text, err)
		}
		var out strings.Builder
		if err := t.Execute(&out, data); err != nil {
			return "", fmt.Errorf("error during tpl function execution for %q: %w", text, err)
		}
		return strings.ReplaceAll(out.String(), "<no value>", ""), nil
	}
}

// execute runs one template as Helm does: the text that it writes, or Go's own error.
func execute(text string, values string) (out string, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("rendering template failed: %v", problem)
		}
	}()
	tree := map[string]interface{}{}
	if err := json.Unmarshal([]byte(values), &tree); err != nil {
		return "", err
	}
	data := common.Values{"Values": common.Values(tree), "Release": map[string]interface{}{"Name": "rel", "Revision": 1}}
	t := template.New("gotpl").Option("missingkey=zero").Funcs(allFunctions)
	depth := map[string]int{}
	t.Funcs(template.FuncMap{"include": include(t, depth), "tpl": tpl(t, depth)})
	if _, err := t.New("case").Parse(text); err != nil {
		return "", err
	}
	var buffer strings.Builder
	if err := t.ExecuteTemplate(&buffer, "case", data); err != nil {
		return "", err
	}
	return strings.ReplaceAll(buffer.String(), "<no value>", ""), nil
}
