package main

import (
	"fmt"
	"math/rand"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// generator makes expressions and templates. What it makes depends on its random source alone.
type generator struct {
	*rand.Rand
	depth     int
	variables []string
	defines   int
}

func (g *generator) pick(from []string) string { return from[g.Intn(len(from))] }
func (g *generator) one(in int) bool           { return g.Intn(in) == 0 }

// Two calls of these give two answers, or they ask the machine.
var excluded = map[string]bool{
	"now": true, "ago": true, "htpasswd": true, "bcrypt": true, "randAlphaNum": true, "randAlpha": true, "randAscii": true,
	"randNumeric": true, "randBytes": true, "randInt": true, "uuidv4": true, "shuffle": true, "genPrivateKey": true, "genCA": true,
	"genCAWithKey": true, "genSelfSignedCert": true, "genSelfSignedCertWithKey": true, "genSignedCert": true,
	"genSignedCertWithKey": true, "buildCustomCert": true, "encryptAES": true, "decryptAES": true, "derivePassword": true,
	"keys": true, "values": true, "include": true, "tpl": true, "template": true,
}

// Go's own functions, which are in no map that can be asked, with what they take.
var builtins = map[string]string{
	"and": "aa", "or": "aa", "not": "a", "len": "c", "index": "ck", "slice": "ci", "print": "a*", "println": "a*", "printf": "F*", "html": "a",
	"js": "a", "urlquery": "a", "eq": "nn", "ne": "nn", "lt": "nn", "le": "nn", "gt": "nn", "ge": "nn", "call": "a",
}

// What a function wants that its Go type does not say. A letter each: see argument().
var wants = map[string]string{
	"regexMatch": "Rs", "regexFind": "Rs", "regexFindAll": "Rsi", "regexReplaceAll": "RsX", "regexReplaceAllLiteral": "RsX",
	"regexSplit": "Rsi", "mustRegexMatch": "Rs", "mustRegexFind": "Rs", "mustRegexFindAll": "Rsi", "mustRegexReplaceAll": "RsX",
	"mustRegexReplaceAllLiteral": "RsX", "mustRegexSplit": "Rsi",
	"semver": "V", "semverCompare": "CV", "urlParse": "U", "base": "P", "dir": "P", "clean": "P", "ext": "P", "isAbs": "P", "osBase": "P",
	"osDir": "P", "osClean": "P", "osExt": "P", "osIsAbs": "P", "fromJson": "J", "mustFromJson": "J", "fromJsonArray": "J", "fromYaml": "Y",
	"fromYamlArray": "Y", "fromToml": "T", "date": "LD", "htmlDate": "D", "dateInZone": "LDZ", "date_in_zone": "LDZ", "htmlDateInZone": "DZ",
	"toDate": "LE", "mustToDate": "LE", "dateModify": "Od", "date_modify": "Od", "mustDateModify": "Od", "must_date_modify": "Od",
	"unixEpoch": "d", "duration": "N", "durationRound": "N", "repeat": "is", "b64dec": "B", "b32dec": "B", "atoi": "A", "int": "N", "int64": "N",
	"float64": "N", "toDecimal": "N", "add": "NN", "sub": "NN", "mul": "NN", "div": "NN", "mod": "NN", "add1": "N", "add1f": "N", "addf": "NN",
	"subf": "NN", "mulf": "NN", "divf": "NN", "max": "NN*", "min": "NN*", "maxf": "NN*", "minf": "NN*", "biggest": "NN*", "ceil": "N", "floor": "N",
	"round": "Ni", "trimAll": "ss", "trimall": "ss", "append": "la", "prepend": "la", "push": "la", "mustAppend": "la", "mustPush": "la",
	"mustPrepend": "la", "first": "l", "rest": "l", "last": "l", "initial": "l", "mustFirst": "l", "mustRest": "l", "mustLast": "l",
	"mustInitial": "l", "reverse": "l", "mustReverse": "l", "uniq": "l", "mustUniq": "l", "compact": "l", "mustCompact": "l", "without": "la*",
	"mustWithout": "la*", "has": "al", "mustHas": "al", "slice2": "lii", "mustSlice": "lii", "concat": "l*", "chunk": "il", "mustChunk": "il",
	"sortAlpha": "l", "join": "sl", "toStrings": "l", "split": "ss", "splitList": "ss", "splitn": "sis", "dict": "sasa", "get": "ms", "set": "msa",
	"unset": "ms", "hasKey": "ms", "pluck": "sm*", "pick": "ms*", "omit": "ms*", "merge": "mm*", "mergeOverwrite": "mm*", "mustMerge": "mm*",
	"mustMergeOverwrite": "mm*", "dig": "ssam", "deepCopy": "a", "mustDeepCopy": "a", "until": "i", "untilStep": "iii", "seq": "ii", "lookup": "ssss",
	"urlJoin": "W", "ternary": "aab", "required": "sa", "wrap": "is", "wrapWith": "iss", "fail": "s", "default": "aa", "cat": "a*", "quote": "a*",
	"squote": "a*",
}

type callable struct{ name, wants string }

// Every function that Helm gives to templates, from its own map, so that none is forgotten.
var callables = func() []callable {
	var out []callable
	for name, function := range allFunctions {
		if excluded[name] {
			continue
		}
		known, ok := wants[name]
		if name == "slice" {
			known, ok = "lii", true
		}
		if !ok {
			known = wantsOf(reflect.TypeOf(function))
		}
		out = append(out, callable{name, known})
	}
	for name, known := range builtins {
		if name != "slice" {
			out = append(out, callable{name, known})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out
}()

func wantsOf(function reflect.Type) string {
	out := ""
	for i := 0; i < function.NumIn(); i++ {
		in := function.In(i)
		if function.IsVariadic() && i == function.NumIn()-1 {
			return out + letterOf(in.Elem()) + "*"
		}
		out += letterOf(in)
	}
	return out
}

func letterOf(in reflect.Type) string {
	switch in.Kind() {
	case reflect.String:
		return "s"
	case reflect.Int, reflect.Int64:
		return "i"
	case reflect.Float64:
		return "f"
	case reflect.Bool:
		return "b"
	case reflect.Map:
		return "m"
	case reflect.Slice:
		return "l"
	}
	return "a"
}

var pools = map[byte][]string{
	'i': {"0", "1", "2", "3", "-1", "-2", "5", "7", "10", "0x1F", "1_0", "(int .Values.num)", "(len .Values.name)", "(atoi \"4\")"},
	'f': {"1.5", "0.5", "2.0", "-0.25", "1e3", ".Values.half", "(float64 3)"},
	'b': {"true", "false", ".Values.flag", ".Values.off", "(eq 1 1)", "(not true)", "(empty .Values.none)"},
	'R': {`"a"`, `"[a-c]+"`, `"^w"`, `"(\\w)(\\d*)"`, `""`, `"x*"`, `"(?i)WEB"`, `"[^a-z]"`, "`\\d+`", "`\\bé`", `"(?P<first>\\w)"`, `"["`, `"a**"`, `"(?=a)"`, `"."`, `"$"`, `"\\p{L}+"`, `"(a)|b"`, `"\\s"`, `"a{2,1}"`, `"(?s).+"`, `")"`, `"[[:alpha:]]"`, `"[z-a]"`, `"\\8"`, `"+"`},
	'X': {`"x"`, `"$1"`, `"${1}x"`, `"$1x"`, `"$$"`, `"${first}"`, `""`, `"[$0]"`, `"$"`, `"${"`, `"$2"`, `"${1"`},
	'V': {`"1.2.3"`, `"v1.2"`, `"1"`, `"1.2.3-rc.1+b5"`, `"01.2.3"`, `"x"`, `""`, `"1.2.3.4"`, `"1.28.3-gke.100"`, `"v1.30.0"`, `"1.2.3-"`, `"1.2.3-01"`, `"2.0.0"`, `" 1.2.3"`, `"1.-2"`, `"99999999999999999999.0.0"`},
	'C': {`">=1.2"`, `"~1.2.3"`, `"^1.2"`, `"1.x"`, `"*"`, `">1.0 <2.0"`, `">=1.0, <3 || >4"`, `"!=1.2.3"`, `">=1.2-0"`, `"1.2 - 1.4"`, `""`, `"foo"`, `"=>1.2"`, `"^0.0.3"`, `"~>1.2"`, `"1.2.3"`, `"<1.3.0-0"`, `"^1.2.3-beta"`, `">="`, `"^0.2"`, `"~1"`, `"!1.2"`, `"=1"`, `">=1.20.0-0 <1.29"`},
	'U': {`"http://u:p@h.example:8080/a%20b?q=1&r#frag"`, `"example.com/x"`, `"mailto:a@b"`, `"//h/p"`, `""`, `"http://[::1]:80/"`, `"a b"`, `"http://h:port"`, `"%zz"`, `"redis://:pw@h:6379/0"`, `"/a?b"`, `"http://h/%2F"`, `"HTTP://H/"`, `"http://a b/"`, `"ftp://u@h"`, `"x:y"`, `"http://h#"`, `"http://h?"`, `":x"`},
	'P': {`"/a/b/c.txt"`, `"a/../b"`, `""`, `"/"`, `"."`, `"a//b/"`, `"../x"`, `"a.b.c"`, `"/.hidden"`, `"/../a"`, `"a/./b"`, `"x/"`},
	'J': {`"{\"a\": 1}"`, `"[1, \"x\", null]"`, `"null"`, `"{"`, `"5"`, `"\"x\""`, `""`, `"{\"a\": {\"b\": [1.5, true]}}"`, `"[1,]"`, `"{\"a\":1} x"`, `"tru"`, `"{\"a\":1,\"a\":2}"`, `"[\"\\u00e9\\ud83d\\ude00\\ud800\"]"`, `" [] "`, `"-"`, `"01"`, `"\"\\x\""`, `"[1 2]"`, `"{a:1}"`, `"{\"a\" 1}"`, `"1.0"`, `"12345678901234567890"`},
	'Y': {`"a: 1"`, `"- 1\n- x"`, `"a: {b: [1, yes]}"`, `"null"`, `""`, `"x"`, `"5"`, `"a: 1\nb: 2\n"`, `"true"`, `"y: 1\n1: x\n"`, `"a: 0777\nb: 1e3\nc: 0x1F\n"`, `"[]"`, `"{}"`},
	'T': {`"a = 1"`, `"[t]\nx = \"y\""`, `"a = [1, 2]"`, `"a = 1.5"`, `""`, `"a = true\nb = 'lit'"`, `"[[l]]\na = 1\n[[l]]\na = 2"`, `"a.b = 3"`},
	'L': {`"2006-01-02"`, `"15:04:05"`, `"Jan _2 2006"`, `"Mon, 02 Jan 2006 15:04:05 MST"`, `"3:04PM"`, `"2006-01-02T15:04:05Z07:00"`, `""`, `"06.1.2"`, `"Monday"`, `".000"`, `"2006-01-02T15:04:05.999999999Z07:00"`, `"002"`, `"-0700"`, `"January"`, `"03:04:05 pm"`, `"__2"`},
	'E': {`"2024-02-29"`, `"15:04:05"`, `"2024-01-02T03:04:05Z"`, `"x"`, `""`, `"2024-13-01"`, `"Jan  5 2024"`, `"2023-02-29"`, `"11:59PM"`, `"2024-01-02T03:04:05.25+02:00"`},
	'D': {`(toDate "2006-01-02" "2024-02-29")`, "1700000000", "(int64 0)", `(toDate "2006-01-02T15:04:05Z07:00" "2024-01-02T03:04:05+02:00")`, "-1", "(int64 1709164800)"},
	'd': {`(toDate "2006-01-02" "2024-02-29")`, `(toDate "2006-01-02T15:04:05Z07:00" "2024-01-02T03:04:05Z")`},
	'O': {`"1h"`, `"-24h30m"`, `"+1s"`, `"x"`, `""`, `"1.5h"`, `"2d"`, `"100ms"`, `"1h1"`},
	'Z': {`"UTC"`, `"Europe/Berlin"`, `"America/New_York"`, `"Nowhere/Land"`, `""`, `"Local"`},
	'N': {"0", "1", "2", "-3", "7", "1.5", "-2.7", "0.1", "0.2", `"12"`, `"0x1F"`, `"0123"`, `"12.5"`, `"x"`, `""`, `"1e3"`, "nil", "true", "false", ".Values.num", ".Values.big", ".Values.half", ".Values.neg", ".Values.text_number", ".Values.missing", ".Values.list", "1000000", "(int64 9)", "9007199254740993", `"-7"`, `" 5"`, `"1_000"`, `"3.0"`, `".5"`, "2.5", "3.14159", "1e21", "95", "3600", `"90s"`, "100000.0", "1e20"},
	'B': {`"aGVsbG8="`, `"aGVsbG8"`, `"!!"`, `""`, `"NBSWY3DP"`, `"aGVs\nbG8="`, `"/+8="`, `"nbswy3dp"`, `"YQ==YQ=="`, `"MFRA===="`, `"A"`, `"YQ=="`},
	'A': {`"12"`, `"-5"`, `"+3"`, `"x"`, `""`, `"0x1F"`, `"012"`, `" 5"`, `"1.5"`, `"99999999999999999999"`, `"1_0"`, `"-99999999999999999999"`},
	'F': {`"%s-%d"`, `"%v"`, `"%5d|"`, `"%-5s|"`, `"%05.1f"`, `"%q"`, `"%x"`, `"%T"`, `"%+v"`, `"%#v"`, `"%t"`, `"%%"`, `"%"`, `"%e"`, `"%g"`, `"%08.3f"`, `"%c"`, `"%U"`, `"%b"`, `"%o"`, `"%X"`, `"%6.2v"`, `"%[2]v %[1]v"`, `"%*d"`, `"%.2s"`, `"% d"`, `"%+d"`, `"%+q"`, `"%#x"`, `"% x"`, `"%.3v"`, `"%010s"`, `"%-010d|"`, `"%z"`, `"%!"`, `"%w"`, `"%p"`, `"%[3]d"`, `"%[x]d"`, `"%.*f"`, `"%#q"`, `"%#o"`, `"%O"`, `"%#U"`, `"%G"`, `"%E"`, `"%+.3e"`, `"%x %X"`, `"% 05d"`, `"%+05d"`, `"%.0d"`, `"%3c|"`, `"%-4q|"`, `"%#b"`, `"%6t|"`, `"%+s"`, `"%#T"`, `"%.5d"`, `"%8.5d|"`, `"%-8.5d|"`, `"%v %v %v"`, `"é%dé"`, `"%F"`, `"%#g"`, `"%#.3v"`, `"%#e"`},
	's': {`"web"`, `""`, `"hello world"`, `"Foo Bar"`, `"a,b,,c"`, `"héllo wörld ☃"`, `" padded\t"`, `"line1\nline2\n"`, `"camelCase"`, `"snake_case_word"`, `"HTTPServer2Go"`, `"a-b.c"`, `"$x$"`, `"x"`, `"a"`, `","`, `"name"`, `"b"`, `"<a href='x'>&\"</a>"`, "`raw\\n`", `"0"`, `"true"`, `"\x80bad"`, `"ÀÉ ß ŝ ǆ"`, `"日本語"`, `"a\u0000b"`, `"\u2028"`, ".Values.name", ".Values.text_number", ".Values.unicode", ".Values.multi", ".Values.empty", `"apps/v1"`, `"a b  c"`, `"ABC"`, `"aaa"`, `"12abc"`, `"_x"`, `"--"`, `"fooBAR baz"`, `"key"`, `"c"`, `"1.2.3"`},
	'm': {`(dict "a" 1 "b" "x")`, "(dict)", ".Values.dict", ".Values.nomap", `(dict "c" (dict "d" 2) "a" "")`, ".Values.other", ".Values", ".Values.image", `(dict "a" nil "b" 0 "z" (list 1 2))`, `(fromJson "{\"a\": 5, \"c\": {\"e\": 1}}")`, `(deepCopy .Values.dict)`, `(split "," "p,q")`, `(dict "name" "web" "key" true)`},
	'l': {"(list 1 2 3)", "(list)", ".Values.list", ".Values.none", ".Values.mixed", `(list "b" "a" "b")`, ".Values.numbers", "(until 3)", `(splitList "," "x,y")`, ".Values.people", `(list 1 1.0 "1" nil true)`, `(list (list 1) (dict "a" 1))`, `(list nil "")`, "nil", ".Values.missing", `"text"`, ".Values.dict", "5", `(list 0 false "" 2)`, "(untilStep 0 6 2)", `(toStrings (list 1 nil "x"))`},
	'k': {"0", "1", `"a"`, `"c"`, `"name"`, "-1", "9", "nil", "1.0", ".Values.num", `"b"`, "true"},
	'W': {`(dict "scheme" "http" "host" "h:80" "path" "/a b" "query" "q=1" "fragment" "f" "userinfo" "u:p")`, `(dict)`, `(dict "host" "h")`, `(urlParse "http://u:p@h/x?y#z")`, `(dict "scheme" "mailto" "opaque" "a@b")`, `(dict "path" "p")`, `(dict "scheme" "http" "host" "h" "path" "x")`, `(dict "host" 5)`, `(dict "userinfo" "u:p@")`},
}

var anything = []byte("siifbmlNNs")

func (g *generator) any() string {
	if g.one(8) {
		return g.pick([]string{"nil", ".", ".Values.missing", ".Values.nothing", "$", "$.Values.name", ".Values.huge", ".Values.html", "'x'", "1e6", "0b101", "0o17", "0x1p4", "1i", ".Release", ".Release.Name", "(0.1)"})
	}
	return g.argument(anything[g.Intn(len(anything))])
}

// argument makes an operand of a kind, now and then of another.
func (g *generator) argument(letter byte) string {
	if letter == 'D' || letter == 'd' { // what is no time is now, which is another with each run
		return g.pick(pools[letter])
	}
	if g.depth > 0 && g.one(6) {
		return g.parenthesised()
	}
	if len(g.variables) > 0 && g.one(10) {
		return g.pick(g.variables)
	}
	switch letter {
	case 'a':
		return g.any()
	case 'n': // of one kind more often than not
		return g.pick(pools["NNNs"[g.Intn(4)]])
	case 'c':
		return g.pick(pools["slmlm"[g.Intn(5)]])
	}
	if g.one(25) {
		return g.any()
	}
	return g.pick(pools[letter])
}

func (g *generator) parenthesised() string {
	g.depth--
	defer func() { g.depth++ }()
	return "(" + g.pipeline() + ")"
}

func argumentsOf(known string, more int) string {
	if !strings.HasSuffix(known, "*") {
		return known
	}
	return known[:len(known)-2] + strings.Repeat(known[len(known)-2:len(known)-1], more)
}

// call makes one call of a function; piped: its last argument comes through a pipe.
func (g *generator) call(f callable) string {
	letters := argumentsOf(f.wants, g.Intn(4))
	if g.one(60) {
		letters += "a"
	} else if g.one(60) && len(letters) > 0 {
		letters = letters[1:]
	}
	var arguments []string
	for i := 0; i < len(letters); i++ {
		arguments = append(arguments, g.argument(letters[i]))
		// A map inside itself: Go prints and merges it until its stack is gone.
		if i > 0 && (f.name == "set" || strings.HasPrefix(strings.ToLower(strings.TrimPrefix(f.name, "must")), "merge")) {
			if strings.Contains(arguments[i], ".") || strings.HasPrefix(arguments[i], "$") {
				arguments[i] = "(deepCopy " + arguments[i] + ")"
			}
		}
	}
	if len(arguments) > 0 && g.one(3) && !strings.HasPrefix(arguments[len(arguments)-1], "nil") {
		return strings.TrimSpace(arguments[len(arguments)-1] + " | " + f.name + " " + strings.Join(arguments[:len(arguments)-1], " "))
	}
	return strings.TrimSpace(f.name + " " + strings.Join(arguments, " "))
}

func (g *generator) pipeline() string {
	var out string
	switch g.Intn(10) {
	case 0:
		out = g.any()
		if out == "nil" {
			out = "1"
		}
	case 1:
		out = g.field()
	case 2:
		out = fmt.Sprintf("keys %s | sortAlpha", g.argument('m'))
	default:
		out = g.call(callables[g.Intn(len(callables))])
	}
	for g.one(4) {
		out += " | " + g.pick([]string{"toJson", "quote", "default \"d\"", "toString", "typeOf", "kindOf", "upper", "len", "toYaml", "printf \"%v\"", "first", "int", "empty", "not", "trunc 3", "b64enc", "indent 2", "squote", "print", "list", "fromJson", "toToml", "sha256sum", "toYamlPretty", "toPrettyJson", "deepCopy", "int64", "float64", "html", "js", "printf \"%T\""})
	}
	return out
}

func (g *generator) field() string {
	head := g.pick([]string{".Values", "$.Values", ".", "(.Values)", "(dict \"a\" (dict \"b\" 1))", ".Release", ".Values.people", "(index .Values.people 0)"})
	if head == "." {
		return "." + g.pick([]string{"Values", "name", "Missing", "Values.dict.c.d"})
	}
	for i := g.Intn(3); i >= 0; i-- {
		head += "." + g.pick([]string{"a", "b", "c", "d", "name", "dict", "list", "missing", "nothing", "num", "image", "repo", "flag", "true", "AsMap", "YAML", "Name"})
	}
	return head
}

// spread: one function with every sort of argument it may be given, its answer shown in several ways.
func (g *generator) spread(index int) string {
	f := callables[index%len(callables)]
	g.depth = g.Intn(2)
	expression := g.call(f)
	switch g.Intn(6) {
	case 0:
		return "{{ " + expression + " }}"
	case 1:
		return "{{ " + expression + " | toJson }}"
	case 2:
		return "{{ " + expression + " | typeOf }}"
	case 3:
		return "{{ printf \"%v|%T\" (" + expression + ") (" + expression + ") }}"
	case 4:
		return "{{ $x := " + expression + " }}{{ $x | toYaml }}|{{ $x | quote }}"
	}
	return "a\n  {{- " + expression + " | toString | nindent " + strconv.Itoa(g.Intn(4)) + " }}"
}
