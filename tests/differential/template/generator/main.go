// Prints, for a seed, generated templates with what Go's text/template makes of them under Helm's functions: one JSON object a line,
// texts in base64. ../compare.cpp reads the stream and holds lib/chart against it. With -run FILE the templates are the lines of a file.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strings"
)

// What all templates are run with.
const values = `{"name": "web", "empty": "", "nothing": null, "true": "key", "flag": true, "off": false, "num": 3, "zero": 0,
"big": 1000000, "huge": 12345678, "half": 2.5, "neg": -7, "text_number": "42", "list": ["a", "b", "c"], "numbers": [3, 1, 2],
"mixed": [1, "two", true, null, {"k": "v"}], "none": [], "dict": {"b": 2, "a": 1, "c": {"d": "deep"}}, "other": {"a": 9, "e": "new",
"c": {"f": 6}}, "nomap": {}, "multi": "first\nsecond\n", "html": "<a href=\"x\">&amp;</a>", "unicode": "héllo wörld ☃",
"image": {"repo": "nginx", "tag": "1.25"}, "people": [{"name": "ann", "age": 30}, {"name": "bob", "age": 25}]}`

type record struct {
	Values    string   `json:"values,omitempty"`    // base64; the first line only
	Functions []string `json:"functions,omitempty"` // the first line only: the names that Helm gives to templates
	Template  string   `json:"template,omitempty"`
	OK        bool     `json:"ok"`
	Out       string   `json:"out,omitempty"` // what is written, or the error
}

func base(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func answer(text string) record {
	out, err := execute(text, values)
	if err != nil {
		return record{Template: base(text), Out: base(err.Error())}
	}
	return record{Template: base(text), OK: true, Out: base(out)}
}

func generated(seed int64, index int) string {
	g := &generator{Rand: rand.New(rand.NewSource(seed*1_000_003 + int64(index)))}
	switch index % 6 {
	case 0, 1, 2:
		return g.spread(index / 2)
	case 3:
		return g.broken(g.template())
	}
	return g.template()
}

// table prints lines for each function, of which the first that fails is kept as one that must.
func table(out *bufio.Writer, seed int64, rows int) {
	for index, f := range callables {
		g := &generator{Rand: rand.New(rand.NewSource(seed*1_000_003 + int64(index)))}
		seen := map[string]bool{}
		good, bad := 0, 0
		fmt.Fprintf(out, "# %s\n", f.name)
		for try := 0; try < 200 && (good < rows || bad < 1); try++ {
			line := "{{ " + g.call(f) + g.pick([]string{" }}", " | toJson }}", " | toYaml }}", " | quote }}", " | typeOf }}"})
			if seen[line] || strings.ContainsAny(line, "\n\x80") || strings.Contains(line, "\\x80") || strings.Contains(line, "2028") {
				continue
			}
			seen[line] = true
			if _, err := execute(line, values); err == nil && good < rows {
				good++
				fmt.Fprintln(out, line)
			} else if err != nil && bad < 1 {
				bad++
				fmt.Fprintln(out, "! "+line)
			}
		}
	}
}

func main() {
	seed := flag.Int64("seed", 1, "the same seed gives the same templates")
	count := flag.Int("count", 5000, "how many templates")
	rows := flag.Int("table", 0, "print so many lines for each function, in the form of ../../chart/cases, and end")
	file := flag.String("run", "", "run the lines of this file instead, \\n in them being a line break")
	flag.Parse()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	if *rows > 0 {
		table(out, *seed, *rows)
		return
	}
	encoder := json.NewEncoder(out)
	write := func(r record) {
		if err := encoder.Encode(r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	first := record{Values: base(values)}
	for name := range allFunctions {
		first.Functions = append(first.Functions, name)
	}
	for name := range builtins {
		first.Functions = append(first.Functions, name)
	}
	sort.Strings(first.Functions)
	write(first)
	if *file != "" {
		text, err := os.ReadFile(*file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			write(answer(strings.ReplaceAll(line, "\\n", "\n")))
		}
		return
	}
	for i := 0; i < *count; i++ {
		write(answer(generated(*seed, i)))
	}
}
