// Package common holds the type of a chart's values under the name that Helm gives it, because templates can print it.
package common

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"
)

type Values map[string]interface{}

func (v Values) YAML() (string, error) {
	text, err := yaml.Marshal(v)
	return string(text), err
}

func (v Values) Encode(w io.Writer) error {
	text, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func (v Values) AsMap() map[string]interface{} {
	if len(v) == 0 {
		return map[string]interface{}{}
	}
	return v
}

func (v Values) Table(name string) (Values, error) {
	at := v
	for _, key := range strings.Split(name, ".") {
		switch next := at[key].(type) {
		case map[string]interface{}:
			at = next
		case Values:
			at = next
		default:
			return Values{}, fmt.Errorf("%q is not a table", key)
		}
	}
	return at, nil
}

func (v Values) PathValue(path string) (interface{}, error) {
	if path == "" {
		return nil, errors.New("YAML path cannot be empty")
	}
	holder, key := v, path
	if dot := strings.LastIndex(path, "."); dot >= 0 {
		key = path[dot+1:]
		table, err := v.Table(path[:dot])
		if err != nil {
			return nil, fmt.Errorf("%q is not a value", key)
		}
		holder = table
	}
	found, there := holder[key]
	if _, table := found.(map[string]interface{}); table || !there {
		return nil, fmt.Errorf("%q is not a value", key)
	}
	return found, nil
}
