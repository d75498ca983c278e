package main

import (
	"fmt"
	"strconv"
	"strings"
)

// template makes a text of actions, one inside the other.
func (g *generator) template() string {
	g.depth = 2
	var out strings.Builder
	for i := g.Intn(3); i > 0; i-- {
		g.defines++
		fmt.Fprintf(&out, "{{%s define \"t%d\" %s}}%s{{ end }}", g.trim(), g.defines, g.trim(), g.body(1))
	}
	out.WriteString(g.body(3))
	return out.String()
}

func (g *generator) trim() string {
	if g.one(5) {
		return "-"
	}
	return ""
}

func (g *generator) body(depth int) string {
	variables := len(g.variables)
	defer func() { g.variables = g.variables[:variables] }()
	var out strings.Builder
	for i := 1 + g.Intn(3); i > 0; i-- {
		out.WriteString(g.text())
		out.WriteString(g.action(depth))
	}
	return out.String() + g.text()
}

func (g *generator) text() string {
	return g.pick([]string{"", "", "x", " ", "\n", "  y\n", "\t", "}}", "{ ", "key: ", "- ", "é", "\r\n", " \n ", "<no value>"})
}

func (g *generator) open(word string) string {
	return "{{" + g.pick([]string{" ", "- ", ""}) + word + " "
}

func (g *generator) shut() string { return g.pick([]string{" }}", " -}}", "}}"}) }

func (g *generator) action(depth int) string {
	if depth == 0 {
		return g.open("") + g.pipeline() + g.shut()
	}
	switch g.Intn(14) {
	case 0:
		out := g.open("if") + g.pipeline() + g.shut() + g.body(depth-1)
		for g.one(3) {
			out += g.open("else if") + g.pipeline() + g.shut() + g.body(depth-1)
		}
		if g.one(2) {
			out += "{{ else }}" + g.body(depth-1)
		}
		return out + "{{ end" + g.shut()
	case 1:
		head := g.pipeline()
		if g.one(3) {
			name := g.variable()
			head = name + " := " + head
			g.variables = append(g.variables, name)
		}
		out := g.open("with") + head + g.shut() + g.body(depth-1)
		if g.one(4) {
			out += "{{ else with " + g.pipeline() + g.shut() + g.body(depth-1)
		}
		if g.one(2) {
			out += "{{ else }}" + g.body(depth-1)
		}
		return out + "{{ end }}"
	case 2, 3:
		return g.loop(depth)
	case 4:
		name := g.variable()
		out := g.open(name+" :=") + g.pipeline() + g.shut()
		g.variables = append(g.variables, name)
		return out
	case 5:
		if len(g.variables) == 0 {
			return "{{ $ }}"
		}
		return g.open(g.pick(g.variables)+" =") + g.pipeline() + g.shut()
	case 6:
		return "{{/* a comment */}}" + g.pick([]string{"", "{{- /* trimmed */ -}}"})
	case 7:
		if g.defines == 0 {
			return g.open("") + g.pipeline() + g.shut()
		}
		// A template calls only those that are defined before it, so nothing turns without end.
		name := strconv.Quote("t" + strconv.Itoa(1+g.Intn(g.defines)))
		if depth < 3 && g.one(2) {
			name = `"t1"`
		}
		if depth < 2 {
			return "{{ 1 }}"
		}
		if g.one(2) {
			return "{{ template " + name + " " + g.any() + " }}"
		}
		return "{{ include " + name + " " + g.any() + " | " + g.pick([]string{"quote", "trim", "nindent 2", "upper"}) + " }}"
	case 8:
		inner := strings.NewReplacer("`", "'").Replace(g.body(depth - 1))
		return "{{ tpl `" + inner + "` " + g.pick([]string{".", "$", "(dict \"Values\" .Values)", ".Values"}) + " }}"
	default:
		return g.open("") + g.pipeline() + g.shut()
	}
}

func (g *generator) variable() string { return g.pick([]string{"$a", "$b", "$key", "$_", "$x1"}) }

func (g *generator) loop(depth int) string {
	over := g.argument("lmlmil"[g.Intn(6)])
	if over == "nil" {
		over = "(list)"
	}
	head := over
	variables := len(g.variables)
	switch g.Intn(3) {
	case 0:
		first, second := "$i", "$v"
		head = first + ", " + second + " := " + over
		g.variables = append(g.variables, first, second)
	case 1:
		head = "$v := " + over
		g.variables = append(g.variables, "$v")
	}
	out := g.open("range") + head + g.shut() + g.body(depth-1)
	if g.one(4) {
		out += g.pick([]string{"{{ break }}", "{{ continue }}", "{{ if . }}{{ break }}{{ end }}", "{{- continue -}}"}) + g.text()
	}
	g.variables = g.variables[:variables]
	if g.one(4) {
		out += "{{ else }}" + g.body(depth-1)
	}
	return out + "{{ end }}"
}

// broken: a text that was a template, with something wrong.
func (g *generator) broken(text string) string {
	if len(text) < 3 {
		return text
	}
	at := g.Intn(len(text))
	switch g.Intn(4) {
	case 0:
		return text[:at]
	case 1:
		return text[:at] + text[min(at+1+g.Intn(4), len(text)):]
	case 2:
		return text[:at] + g.pick([]string{"{{", "}}", "\"", "(", ")", "|", ".", ",", "$", "end", "{{ end }}", "{{ else }}", "`", "'", "\\", "#", ":=", "é", "\x80", "/*", "-", "+", "1.2.3", "[", "nil", "\n", "{{ break }}", "{{ define \"d\" }}"}) + text[at:]
	}
	return text[at:] + text[:at]
}
