package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand"
	"strings"
	"unicode/utf8"
)

// generator makes documents: well-formed ones in every style, broken ones, and soups of tokens.
type generator struct {
	*rand.Rand
	anchors []string // names that may be used by an alias
	maps    []string // those that name a map
}

func (g *generator) one(from []string) string { return from[g.Intn(len(from))] }

var words = []string{"a", "b", "name", "image", "nginx", "the", "quick", "brown", "fox", "x1", "a9", "a10", "a-b", "a.b", "_x", "Z",
	"kind", "über", "日本", "naïve", "😀", "\u2028", "\u00a0", "\ufffd", "é", "Ω", "٣", "x:y", "a#b", "http://h/p?q=1&r=2", "1.2.3", "v1"}

var odd = []string{"", " ", "~", "null", "Null", "NULL", "nUll", "y", "Y", "yes", "Yes", "YES", "yEs", "n", "N", "no", "No", "NO",
	"on", "On", "ON", "off", "Off", "OFF", "true", "True", "TRUE", "tRue", "false", "False", "FALSE", "t", "f", "o",
	"0", "-0", "+0", "1", "-1", "+1", "00", "01", "07", "08", "0123", "-0123", "+0123", "0o17", "0O17", "-0o17", "0o8", "0x1F", "0X1f",
	"-0xff", "0x", "0xg", "0b101", "0B101", "-0b101", "+0b11", "0b", "0b2", "0b-101", "0b+11", "-0b-1", "1_000", "1__0", "_1", "1_",
	"0x_1", "0_1", "-_1", "+_1", "1_000.5", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
	"18446744073709551615", "18446744073709551616", "+9223372036854775808", "1e3", "1E3", "1e+3", "1e-3", "1.e3", ".5", "-.5", "+.5", ".5e1",
	".", "..", "-.", "+.", ".e5", "5.", "5.5", "-5.5", "1.0", "1.10", "100000000000000000000", "1e20", "1e21", "1e22", "123456789012345678901234567890",
	"1e-6", "1e-7", "0.000001", "0.0000001", "1e308", "1e309", "-1e309", "1e-320", "1e-400", "4.9e-324", "3.4028236e38", "0.1", "0.30000000000000004",
	"1234567.5", "123456.5", "12345678901234567890.5", "1152921504606846976.0", "9007199254740993", "9007199254740993.0", "1e15", "1e16", "1.5e300", ".5_0", "1e1_0",
	".inf", ".Inf", ".INF", "+.inf", "-.inf", "-.INF", ".nan", ".NaN", ".NAN", ".iNf", "inf", "nan", "Infinity", "+Inf",
	"1:30", "1:30:45", "190:20:30.15", "1:60", "-1:30", "1:5:", "1:1_0", "12:30:45.5_", "60:59",
	"2001-01-01", "2001-1-1", "2001-13-01", "2001-02-29", "2004-02-29", "2001-01-01T00:00:00Z", "2001-01-01t00:00:00Z", "2001-01-01 00:00:00", "2001-1-1T1:2:3.5Z",
	"2001-01-01T00:00:00+01:00", "2001-01-01T00:00:00-25:00", "2001-01-01T00:00:00+24:60", "2001-01-01T00:00:00", "2001-01-01 10:00:00.123456789123", "2001-01-01   10:00:00",
	"2001-01-01 24:00:00", "2001-01-01T00:00:00.Z", "2001-01-01T00:00:00,5Z", "2001-01-01 ", "20011-01-01", "2001-01", "0001-01-01", "2001-01-01T0:0:0+1:00",
	"<<", "=", "-", "--", "---", "...", "---x", "....", "- a", "-a", "? a", "?a", "?", ":", ":a", ": a", "a:", "a: b", "a :b", "#", "#a", "a #b", "a# b",
	"[", "]", "{", "}", "[]", "{}", "[a]", ",", "a,b", "a, b", "&a", "*a", "!a", "!!str", "|", ">", "|-", "%a", "@a", "`a", "'", "\"", "a'b", "a\"b", "'a'", "\"a\"",
	"\\", "a\\b", "\\n", "\t", "a\tb", "\ta", "a\t", " a", "a ", "  a  b  ", "a  b", "\n", "\n\n", "a\n", "a\nb", "a\nb\n", "a\n\nb\n\n", "\na", " a\nb", "a \nb", "a\n b",
	"a\r\nb", "a\rb", "\r", "a\u2028b", "a\u2029\nb", "\u2028", "a \u2028b", "\ufeffa", "\ufeffa b\n", "a\ufeff", "\u00a0", "\u0001", "\u001b[0m", "\u0000", "a\u0000b", "\b", "😀", "a😀b",
	"tag:yaml.org,2002:str", "{{ .Values.x }}", "${X}", "*.example.com", "@every 1m", "%d items", "100%", "a=b", "key=value with spaces", "C:\\path", "--flag=1", "sha256:abc", "1.2.3.4", "1.2.3-4", "0.0.0.0/0", "::1", "0.5Gi", "500m", "12e", "12e5e", "1e+", "e5",
	"0x1p-2", "0x1.8p1", "1f", "1d", "0777", "0888", "0o", "-0o0", "1,000", "+", "+a", "-1a", "٣", "1٣", "y:", "on:"}

func (g *generator) sentence(n int) string {
	var b strings.Builder
	for i := 0; i < n; i++ {
		if i > 0 {
			if g.Intn(20) == 0 {
				b.WriteString(g.one([]string{"  ", "   ", "\t", ", ", ": ", " #", " - "}))
			} else {
				b.WriteString(" ")
			}
		}
		b.WriteString(g.one(words))
	}
	return b.String()
}

func (g *generator) text() string {
	switch g.Intn(12) {
	case 0, 1, 2, 3:
		return g.one(odd)
	case 4, 5:
		return g.one(words)
	case 6:
		return g.sentence(1 + g.Intn(6))
	case 7:
		return g.sentence(10 + g.Intn(40))
	case 8:
		return g.lines()
	case 9:
		return g.one(odd) + g.one(odd)
	case 10:
		return g.sentence(5+g.Intn(20)) + g.one(odd)
	default:
		return g.noise(1 + g.Intn(12))
	}
}

func (g *generator) lines() string {
	var b strings.Builder
	for i, n := 0, 1+g.Intn(5); i < n; i++ {
		b.WriteString(strings.Repeat(g.one([]string{" ", " ", " ", "\t"}), g.Intn(3)*g.Intn(3)))
		if g.Intn(5) > 0 {
			b.WriteString(g.sentence(1 + g.Intn(20)))
		}
		b.WriteString(g.one([]string{"\n", "\n", "\n", "\n\n", "", " \n", "\u2028", "\r\n"}))
	}
	return b.String()
}

func (g *generator) noise(n int) string {
	alphabet := []rune("ab01.-+_ :#,[]{}&*!|>'\"%@`?~=\\/\t\n\réß日😀<0xeE")
	var b strings.Builder
	for i := 0; i < n; i++ {
		b.WriteRune(alphabet[g.Intn(len(alphabet))])
	}
	return b.String()
}

func (g *generator) number() interface{} {
	switch g.Intn(6) {
	case 0:
		return g.Intn(100000) - 50000
	case 1:
		return g.Uint64()
	case 2:
		return g.Int63() - g.Int63()
	case 3:
		return float64(g.Intn(2000000)-1000000) / math.Pow10(g.Intn(12))
	case 4:
		return g.NormFloat64() * math.Pow(10, float64(g.Intn(60)-30))
	default:
		for {
			if f := math.Float64frombits(g.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
				return f
			}
		}
	}
}

// value is for writing: what a JSON document may hold.
func (g *generator) value(depth int) interface{} {
	kind := g.Intn(10)
	if depth > 0 && kind < 3 {
		m := map[string]interface{}{}
		for i, n := 0, g.Intn(8); i < n; i++ {
			m[g.key()] = g.value(depth - 1)
		}
		return m
	}
	if depth > 0 && kind < 5 {
		list := []interface{}{}
		for i, n := 0, g.Intn(5); i < n; i++ {
			list = append(list, g.value(depth-1))
		}
		return list
	}
	switch g.Intn(10) {
	case 0:
		return nil
	case 1:
		return g.Intn(2) == 0
	case 2, 3:
		return g.number()
	default:
		return g.text()
	}
}

func (g *generator) key() string {
	switch g.Intn(8) {
	case 0:
		return g.text()
	case 1:
		return g.one(odd)
	case 2:
		return fmt.Sprintf("%s%d", g.one(words), g.Intn(120))
	case 3:
		return fmt.Sprintf("%s%03d%s", g.one(words), g.Intn(120), g.one(words))
	case 4:
		return g.one(words) + g.one([]string{"-", "_", ".", "/", "0", "00", "1"}) + g.one(words)
	default:
		return g.one(words)
	}
}

// long is a key of about as many characters as a key without '?' may have; half of them take more than a byte.
func (g *generator) long() string {
	unit := g.one([]string{"k", "é", "日", "a b ", "😀"})
	n := (1010 + g.Intn(30)) / len([]rune(unit))
	text := strings.TrimSpace(strings.Repeat(unit, n)) + g.one([]string{"", "x", "xy", "xyz"})
	return g.one([]string{text, "'" + text + "'", "\"" + text + "\"", "[" + text + "]", "{" + text + ": 1}"})
}

func (g *generator) document() []byte {
	var b strings.Builder
	switch g.Intn(30) {
	case 0:
		b.WriteString("\ufeff")
	case 1:
		b.WriteString("%YAML 1.1\n---\n")
	case 2:
		b.WriteString("%TAG !e! tag:example.com,2000:\n---\n")
	case 3, 4:
		b.WriteString("---\n")
	case 5:
		b.WriteString("--- ")
	case 6:
		b.WriteString("# a comment\n\n")
	case 7:
		b.WriteString(g.one([]string{"%YAML 1.2\n---\n", "%FOO bar\n---\n", "%YAML 1.1 # c\n--- # d\n", "%YAML 1\n---\n"}))
	}
	g.block(&b, 0, 4, g.Intn(4) > 0)
	switch g.Intn(25) {
	case 0:
		b.WriteString("...\n")
	case 1:
		b.WriteString("---\nsecond: 1\n")
	case 2:
		b.WriteString("# the end")
	case 3:
		return []byte(strings.ReplaceAll(b.String(), "\n", "\r\n"))
	case 4:
		return []byte(strings.TrimRight(b.String(), "\n"))
	case 5:
		b.WriteString("...\n# c\n---\n- [\n")
	}
	return []byte(b.String())
}

func (g *generator) comment() string {
	if g.Intn(12) == 0 {
		return " # " + g.one(words)
	}
	return ""
}

func (g *generator) properties(isMap bool) string {
	var s string
	if g.Intn(14) == 0 {
		name := fmt.Sprintf("n%d", g.Intn(6))
		s += "&" + name + " "
		g.anchors = append(g.anchors, name)
		if isMap {
			g.maps = append(g.maps, name)
		}
	}
	return s
}

// block writes a node as a block at the given indent; at a fresh line.
func (g *generator) block(b *strings.Builder, indent, depth int, collection bool) {
	pad := strings.Repeat(" ", indent)
	if depth == 0 || !collection {
		b.WriteString(pad + g.inline(indent) + "\n")
		return
	}
	n := 1 + g.Intn(5)
	step := 1 + g.Intn(4)
	list := g.Intn(3) == 0
	for i := 0; i < n; i++ {
		if g.Intn(25) == 0 {
			b.WriteString(g.one([]string{"\n", "# c\n", "   # indented\n", "\t\n", "  \n"}))
		}
		b.WriteString(pad)
		if list {
			g.item(b, indent, step, depth)
		} else {
			g.pair(b, indent, step, depth)
		}
	}
}

func (g *generator) item(b *strings.Builder, indent, step, depth int) {
	b.WriteString("-" + g.one([]string{" ", " ", " ", "  ", "\t"}))
	if g.Intn(3) == 0 {
		if g.Intn(2) == 0 { // nested on the same line
			b.WriteString(g.one([]string{"- ", "a: ", "? "}) + g.inline(indent+2) + g.comment() + "\n")
			return
		}
		b.WriteString(g.properties(false) + g.comment() + "\n")
		g.block(b, indent+step, depth-1, true)
		return
	}
	b.WriteString(g.inline(indent) + g.comment() + "\n")
}

func (g *generator) pair(b *strings.Builder, indent, step, depth int) {
	if g.Intn(15) == 0 && len(g.maps) > 0 {
		b.WriteString("<<: " + g.one([]string{"*" + g.one(g.maps), "[*" + g.one(g.maps) + ", *" + g.one(g.maps) + "]", "{a: merged, zz: 1}", "[{a: 1}, {a: 2}]", "1", "[]"}) + "\n")
		return
	}
	if g.Intn(20) == 0 {
		b.WriteString("? " + g.inline(indent) + "\n" + strings.Repeat(" ", indent) + ": " + g.inline(indent) + "\n")
		return
	}
	if g.Intn(200) == 0 {
		b.WriteString(g.long() + ": 1\n")
		return
	}
	b.WriteString(g.flowKey() + ":")
	if g.Intn(3) == 0 {
		b.WriteString(" " + g.properties(true) + g.comment() + "\n")
		if g.Intn(3) == 0 {
			step = 0 // a list may stand at its key's indent
		}
		g.block(b, indent+step, depth-1, true)
		return
	}
	if g.Intn(20) > 0 {
		b.WriteString(g.one([]string{" ", " ", " ", "  ", "\t"}))
	}
	b.WriteString(g.inline(indent) + g.comment() + "\n")
}

func (g *generator) flowKey() string {
	switch g.Intn(10) {
	case 0:
		return g.quoted(g.one(odd))
	case 1:
		return g.plain(g.one(odd))
	case 2:
		return g.one([]string{"!!str ", "!!int ", "!!bool ", "!!float ", "!!binary ", "! "}) + g.plain(g.one(odd))
	case 3:
		if len(g.anchors) > 0 {
			return "*" + g.one(g.anchors) + " "
		}
	}
	return g.one(words)
}

// plain is a text that is mostly fit to stand unquoted; sometimes it is not, which is the point.
func (g *generator) plain(text string) string {
	if g.Intn(20) > 0 {
		text = strings.NewReplacer("\n", " ", "\r", " ", "\u2028", " ", "\u0000", "0", "\u0001", "1", "\b", "b", "\u001b", "e").Replace(text)
	}
	return text
}

func (g *generator) quoted(text string) string {
	if g.Intn(2) == 0 {
		text = strings.NewReplacer("\u0000", "0", "\u0001", "1", "\b", "b", "\u001b", "e").Replace(text)
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n' && g.Intn(2) == 0:
			b.WriteString("\\n")
		case r == '\n' && g.Intn(3) == 0:
			b.WriteString("\\\n  ")
		case r < 32 && r != '\n' && r != '\t' && r != '\r':
			fmt.Fprintf(&b, "\\x%02x", r)
		case g.Intn(40) == 0:
			fmt.Fprintf(&b, "\\U%08X", r)
		case g.Intn(60) == 0:
			b.WriteString(g.one([]string{"\\0", "\\a", "\\b", "\\t", "\\v", "\\f", "\\r", "\\e", "\\ ", "\\N", "\\_", "\\L", "\\P", "\\/", "\\'", "\\q", "\\xe9", "\\u00e9", "\\ud800", "\\\t", "\\x4", "\\U00110000", "\\ufeff"}))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// inline is a node that begins on the current line.
func (g *generator) inline(indent int) string {
	s := g.properties(false)
	switch g.Intn(16) {
	case 0, 1:
		return s + g.quoted(g.text())
	case 2:
		return s + g.flow(3)
	case 3:
		return s + g.blockScalar(indent)
	case 4:
		return s + g.one([]string{"!!str ", "!!int ", "!!bool ", "!!float ", "!!null ", "!!binary ", "!!timestamp ", "!foo ", "! ", "!<tag:yaml.org,2002:str> ", "!!map ", "!e!x ", "!!int\t", "!%21 ", "!!merge ", "!a[b ", "!a,b] ", "!%e2%82%ac ", "!%zz "}) + g.one([]string{g.plain(g.one(odd)), g.quoted(g.one(odd)), "aGVsbG8=", "/////w==", "aGk"})
	case 5:
		if len(g.anchors) > 0 && s == "" {
			return "*" + g.one(g.anchors)
		}
		return s
	case 6:
		text := g.sentence(3 + g.Intn(30))
		parts := strings.Split(text, " ")
		for i := range parts {
			if i > 0 {
				parts[i] = g.one([]string{" ", " ", " ", "\n" + strings.Repeat(" ", indent+1+g.Intn(3)), "\n\n" + strings.Repeat(" ", indent+1)}) + parts[i]
			}
		}
		return s + strings.Join(parts, "")
	case 7:
		return s + g.quoted(g.lines())
	case 8, 9, 10:
		return s + g.plain(g.one(odd))
	case 11:
		return s + fmt.Sprint(g.number())
	default:
		return s + g.one(words)
	}
}

func (g *generator) flow(depth int) string {
	if depth == 0 || g.Intn(4) == 0 {
		return g.one([]string{g.one(words), g.quoted(g.one(odd)), g.plain(g.one(odd)), "", "*n1", "a b", "x?y", "a:b", "?", "? a", "-", "- a", "a\n  b", "!!str 1", "# c\n", "[]x", "{}: a", "[]: a", "[?]", "[? : a]", "{? a}", "!a[b] c", "!a}", "&a", "*a"})
	}
	space := func() string { return g.one([]string{"", "", " ", " ", "\n  ", " # c\n ", "\t"}) }
	var b strings.Builder
	n := g.Intn(4)
	if g.Intn(2) == 0 {
		b.WriteString("[" + space())
		for i := 0; i < n; i++ {
			if g.Intn(8) == 0 {
				b.WriteString(g.one([]string{"a: ", "? a : ", "\"a\":", "? ", ": "}))
			}
			b.WriteString(g.flow(depth-1) + space())
			if i+1 < n || g.Intn(4) == 0 {
				b.WriteString("," + space())
			}
		}
		b.WriteString("]")
		return b.String()
	}
	b.WriteString("{" + space())
	for i := 0; i < n; i++ {
		b.WriteString(g.one([]string{g.flowKey(), g.one(words), g.quoted(g.one(words)), "? " + g.one(words)}))
		b.WriteString(g.one([]string{": ", ": ", ": ", ":", " : ", "", ":\n "}))
		b.WriteString(g.flow(depth-1) + space())
		if i+1 < n || g.Intn(4) == 0 {
			b.WriteString("," + space())
		}
	}
	b.WriteString("}")
	return b.String()
}

func (g *generator) blockScalar(indent int) string {
	var b strings.Builder
	b.WriteString(g.one([]string{"|", ">", "|-", ">-", "|+", ">+", "|2", ">1-", "|+1", "|0", "|-+", "| # c", ">x", "|9"}) + "\n")
	pad := strings.Repeat(" ", indent+1+g.Intn(3))
	for i, n := 0, g.Intn(6); i < n; i++ {
		switch g.Intn(8) {
		case 0:
			b.WriteString("\n")
		case 1:
			b.WriteString(pad + g.one([]string{" ", "  ", "\t"}) + g.sentence(1+g.Intn(4)) + "\n")
		case 2:
			b.WriteString(strings.Repeat(" ", g.Intn(indent+4)) + "\n")
		case 3:
			b.WriteString(pad + g.one([]string{"# no comment", "- a", "a: b", "---", "..."}) + "\n")
		default:
			b.WriteString(pad + g.sentence(1+g.Intn(6)) + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// broken changes a few bytes of a document.
func (g *generator) broken(doc []byte) []byte {
	for i, n := 0, 1+g.Intn(3); i < n && len(doc) > 0; i++ {
		at := g.Intn(len(doc))
		switch g.Intn(7) {
		case 0:
			doc = append(doc[:at:at], doc[at+1:]...)
		case 1:
			insert := g.one([]string{" ", "  ", "\t", ":", ": ", "-", "- ", "#", " #", "\"", "'", "[", "]", "{", "}", ",", "&", "*", "!", "|", ">", "%", "@", "`", "?", "? ", "\n", "\r", "---", "\n---\n", "...", "<<", "~", "\\", "\\'", "\\/", "\ufeff", "\u2028", "[]", "{}", "!a[b "})
			doc = append(doc[:at:at], append([]byte(insert), doc[at:]...)...)
		case 2:
			if len(doc) < 500 {
				doc = append(doc[:at:at], append([]byte{byte(g.Intn(256))}, doc[at:]...)...)
			}
		case 3:
			doc = doc[:at]
		case 4:
			lines := strings.SplitAfter(string(doc), "\n")
			k := g.Intn(len(lines))
			lines[k] = lines[k] + lines[k]
			doc = []byte(strings.Join(lines, ""))
		case 5:
			lines := strings.SplitAfter(string(doc), "\n")
			k := g.Intn(len(lines))
			lines[k] = g.one([]string{" ", "  ", "\t", "   ", "- ", "? ", "\ufeff"}) + lines[k]
			doc = []byte(strings.Join(lines, ""))
		default:
			lines := strings.SplitAfter(string(doc), "\n")
			k, l := g.Intn(len(lines)), g.Intn(len(lines))
			lines[k], lines[l] = lines[l], lines[k]
			doc = []byte(strings.Join(lines, ""))
		}
	}
	return doc
}

// seen keeps what YAML forbids within the library's sight: it reads in pieces of 512 bytes and never looks at those behind the
// first document, while lib/data refuses a bad text as a whole.
func seen(doc []byte) []byte {
	// After a second byte order mark the library swallows the first character of each line.
	for bytes.HasPrefix(doc, []byte("\ufeff\ufeff")) {
		doc = doc[3:]
	}
	if len(doc) >= 400 {
		return []byte(strings.Map(func(r rune) rune {
			if r < 32 && r != '\n' && r != '\r' && r != '\t' || r >= 127 && r < 160 && r != 0x85 || r == 0xfffe || r == 0xffff {
				return '?'
			}
			return r
		}, strings.ToValidUTF8(string(doc), "?")))
	}
	if !utf8.Valid(doc) {
		doc = append(doc, "\n\n\n\n"...)
	}
	return doc
}

// soup strings tokens together without a grammar.
func (g *generator) soup() []byte {
	tokens := []string{"a", "b", "1", "x y", "- ", "-", "-\n", "? ", "?", ": ", ":", ":\n", "\n", "\n", "\n", "\n ", "\n  ", "\n   ", " ", "  ", "\t", "[", "]", "{", "}", ",", ", ",
		"'", "\"", "'a'", "\"b\"", "'a\n b'", "\"a\\\n b\"", "#", " # c", " # c\n", "&a ", "*a", "*a ", "!!str ", "! ", "!x ", "|\n", ">\n", "|-\n  t\n", ">\n  t\n  u\n\n", "---", "---\n", "\n---\n", "...", "\n...\n", "%", "%YAML 1.1\n",
		"<<: ", "a: ", "a: b\n", "- a\n", "a:\n", "key", "~", "yes", "0x1", "\r\n", "\r", "\u2028", "\\", "@", "`", "=", "a:b", "a?b", "[a: b]", "{a}", "{a: b}", "{? a: b}", "[? a]", "k: [", "k: {", "- - a\n", "- a: b\n  c: d\n", "\ufeff", "\"a\\'b\\/\"", "[]", "{}", "[]x", "{? a}", "!a[b ", "!a, ", "!<a>", "!<!", "%TAG ! tag:yaml.org,2002:\n", "!int ", "\u2029", "\u0085"}
	var b strings.Builder
	for i, n := 0, 1+g.Intn(14); i < n; i++ {
		b.WriteString(g.one(tokens))
	}
	return []byte(b.String())
}
