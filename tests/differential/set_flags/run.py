#!/usr/bin/env python3
"""Random --set flags given to helm and to ours: the same values, or both refuse.

usage: run.py DPCTL [--count N] [--seed N] [--helm PATH]      as a test: 150 of them

Keys and values are made of pieces that the grammar stumbles over: escapes, indexes, unfinished lists, empty names, numbers at
the edges. They go into a chart that prints its values; what was there before is a map, a list, a text and null.
"""
import argparse
import concurrent.futures
import pathlib
import random
import subprocess
import sys
import tempfile

PEERS = pathlib.Path(__file__).resolve().parents[2] / "peers" / "peers"
VALUES = "a: {b: [1, 2, {c: d}], e: text}\nl: [x, y]\ns: str\nn: null\nm: {}\n"
KEYS = r"""a b l s n m a.b a.e x x.y l[0] l[1] l[3] a.b[0] a.b[2].c a.b[2].c.d x[0] x[0][1] x[1].y l[-1] l[x] l[] l[01] l[65536] l[65537]
x\.y x\,y x\=y x\[y "q" é a..b .a a. x.y.z[0].w s.t s[0] n.o n[0] m[0] a[0] [0] 0 1.2 a\\b {x} x[0]y x[0]. x.[0] \ x\ a.b[1][0]
l[0][0] l[0].z true null x[""".split() + ["", " k", "k ", "x\ty", "l[ 1]"]
TEXTS = r"""1 0 -1 01 1.5 true false null True NULL ~ "q" 'q' a\,b a\=b a=b {} {a} {a,b} {a,b}c {a,{b,c}} {1,true,null} {a\,b,c} {,} {a,}
{a } a} [1] [ é☃ 1e3 0x10 9223372036854775807 9223372036854775808 \n a\nb \ x\ a\\b {a=b} {a.b} {x[0]} 1_000 .5 5. +1 {"j":1} yes off
2006-01-02 {null} {{a}} {a,b}, a,""".split() + ["", "a b", " lead", "trail ", "\t", "{ a , b }"]
JSON = r"""1 "s" null true {} [] {"a":1,"b":[1,2.5,null]} [1,{"x":"y"}] { "unterminated 1.0 1e400 -0 {"a":{"b":null}} 1,b=2 [1],s="x" {"a":1}x nul
"é\u2603" {"a":1,"a":2} 9223372036854775808 "" {}]""".split() + [" 1", "1 "]


def one_set(chance, flag, file):
    key = chance.choice(KEYS)
    if flag == "--set-json":
        return f"{key}={chance.choice(JSON)}" if chance.random() < 0.8 else chance.choice(JSON)
    if flag == "--set-file":
        return f"{key}={chance.choice([file, '/nonexistent', ''])}" if chance.random() < 0.9 else key
    if flag == "--set-literal":
        return f"{key}={chance.choice(TEXTS)}"
    parts = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        kind = chance.random()
        key, text = chance.choice(KEYS), chance.choice(TEXTS)
        parts.append(f"{key}={text}" if kind < 0.9 else key if kind < 0.95 else text)
    return ",".join(parts)


def one_line(chance, file):
    words = []
    for _ in range(chance.choice([1, 1, 1, 2, 2, 3])):
        flag = chance.choice(["--set"] * 4 + ["--set-string", "--set-json", "--set-literal", "--set-file"])
        words += [flag, one_set(chance, flag, file)]
    return words


def write_chart(folder):
    (folder / "templates").mkdir()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: values\nversion: 1.0.0\n")
    (folder / "values.yaml").write_text(VALUES)
    (folder / "templates/all.yaml").write_text("all: |-\n  {{ toJson .Values }}\n")
    (folder / "file.txt").write_text("text of a file, with=signs{}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dpctl")
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--helm")
    options = parser.parse_args()
    helm = options.helm or subprocess.run([PEERS, "which", "helm"], check=True, capture_output=True, text=True).stdout.strip()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_chart(folder)

        def both(words):
            tools = ([helm, "template"], [options.dpctl, "chart", "template"])
            return words, *(subprocess.run([*tool, "rel", folder, *words], capture_output=True, text=True) for tool in tools)

        lines = [one_line(chance, str(folder / "file.txt")) for _ in range(options.count)]
        equal = refused = 0
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for words, theirs, ours in pool.map(both, lines):
                if theirs.returncode == 0 and ours.returncode == 0 and theirs.stdout == ours.stdout:
                    equal += 1
                elif theirs.returncode != 0 and ours.returncode != 0:
                    refused += 1
                else:
                    print(f"DIFFERENT {words}\n  theirs: {theirs.stdout}{theirs.stderr}\n  ours:   {ours.stdout}{ours.stderr}")
    different = options.count - equal - refused
    print(f"{options.count} lines of flags: {equal} give equal values, {refused} refused by both; {different} DIFFERENT")
    if different > 0 or equal == 0 or refused == 0:
        sys.exit(1)


main()
