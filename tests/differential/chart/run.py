#!/usr/bin/env python3
"""Renders every case with helm and with ours, and compares.

cases/*.txt: one family a file. A line is a template; what it prints is compared. A line `! template` must fail on both sides, at the
same place and for the same reason. `# text` is a comment, blank lines are skipped. cases/values.yaml are the values of all of them.
charts/*: whole charts; `args` beside Chart.yaml, one command line each line, replaces the single default one.
Then the charts that lie in Go modules of which tests/peers builds its peers.
All lines of a family go through one chart, so that one helm process renders hundreds. A function of the engine that no line
names fails the test.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE / "cases"
PEERS = HERE.parents[1] / "peers"
# Module, folder of the chart in it, and command lines that leave nothing to chance.
PEER_CHARTS = [("sigs.k8s.io/metrics-server", "charts/metrics-server", [
    "", "-f ci/ci-values.yaml", "-f ci/tls-certManager-values.yaml", "-f ci/tls-existingSecret-values.yaml --set tls.existingSecret.lookup=false",
    "--set metrics.enabled=true --set serviceMonitor.enabled=true --set replicas=2 --set podDisruptionBudget.enabled=true "
    "--set podDisruptionBudget.minAvailable=1 --is-upgrade --kube-version 1.25.3",
    "--set addonResizer.enabled=true --set hostNetwork.enabled=true --set nodeSelector.a=b --set-json 'tolerations=[{\"key\":\"k\"}]'"])]
CHART = "apiVersion: v2\nname: cases\nversion: 1.2.3\nappVersion: '4.5'\nkeywords: [a, b]\nannotations: {k: v}\n"


def find_helm(given):
    if given:
        return given
    return subprocess.run([str(PEERS / "peers"), "which", "helm"], check=True, capture_output=True,
                          text=True).stdout.strip()


def peer_charts():
    """(folder, command lines); a module that is not in Go's cache is fetched into it."""
    sys.path.insert(0, str(PEERS))
    sys.dont_write_bytecode = True
    from lab import builds
    for module, folder, lines in PEER_CHARTS:
        done = subprocess.run([builds.go(), "mod", "download", "-json", module], cwd=PEERS / "go" / "addons", check=True, capture_output=True, text=True,
                              env=dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="", GOWORK="off"))
        yield pathlib.Path(json.loads(done.stdout)["Dir"]) / folder, lines


def run(command, **kwargs):
    done = subprocess.run(command, capture_output=True, **kwargs)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def place_and_cause(text):
    """The part of an error that both must share: the innermost place and the words behind it, without blanks."""
    places = re.findall(r"[\w./-]+:\d+(?::\d+)?", text)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("Use --debug flag")]
    cause = lines[-1] if lines else ""
    cause = cause.rsplit(">: ", 1)[-1].removeprefix("Error: ")
    return (places[-1] if places else "", re.sub(r"\s+", " ", cause))


# What both sides say in words of their own: (pattern, what it is replaced with on both sides).
SAME_WORDS = [
    (r"error converting YAML to JSON: yaml: (line \d+: )?|not valid yaml: ", "yaml: "),
    (r"cannot unmarshal yaml document: ", ""),
    (r"cannot unmarshal (\w+) into Go .*|must be a map of values, but it is a (\w+)", "of the wrong kind"),
    (r"error unmarshaling JSON: while decoding JSON: json: |\S+\.yaml (?=of the wrong kind)", ""),
    (r"cannot read (\S+): No such file", r"open \1: no such file"),
    (r"gzip: invalid header|\S+ does not appear to be a gzipped archive", "no archive"),
    (r"type mismatch on (\S+): .*|the value of (\S+) must be a map, because .*", "a table belongs here"),
    (r"could not parse .* as version|could not parse it as a version", "no version"),
    (r"(failing loading \S+): .*", r"\1"),
    (r"values\.schema\.json cannot be read: .*|unexpected EOF", "the schema is no JSON"),
]


def in_common_words(text):
    for pattern, words in SAME_WORDS:
        text = re.sub(pattern, words, text)
    return text


def violations(text):
    """What a schema refused. Helm walks Go maps, so the lines come in any order."""
    return sorted(line for line in text.splitlines() if line.strip() and not line.startswith("level="))


def same_failure(theirs, ours):
    """Of a whole chart: the same report of its schemas, or the same place and cause; only one side may add a lead to the cause."""
    theirs, ours = in_common_words(theirs), in_common_words(ours)
    if "specifications of the schema" in theirs:
        return violations(theirs) == violations(ours)
    place, cause = place_and_cause(theirs)
    our_place, our_cause = place_and_cause(ours)
    return place == our_place and (cause.endswith(our_cause) or our_cause.endswith(cause)) and bool(our_cause)


class Runner:
    def __init__(self, helm, ours):
        self.helm, self.ours = helm, ours
        self.env = dict(os.environ, HELM_CACHE_HOME="/nonexistent", HELM_CONFIG_HOME="/nonexistent", HELM_DATA_HOME="/nonexistent",
                        TZ="UTC")
        self.same = self.total = 0

    def both(self, args):
        theirs = run([self.helm, "template"] + args, env=self.env)
        return theirs, run([self.ours] + args, env=self.env)

    def differ(self, where, what, theirs, ours):
        print(f"DIFFERS {where}: {what}\n  helm: {theirs!r}\n  ours: {ours!r}")

    def compare_lines(self, family, lines, folder):
        """`lines`: (number, template). One document per case, found again by its marker."""
        marker = "#@@"
        templates = folder / "templates"
        templates.mkdir()
        shutil.copytree(HERE / "files", folder / "files")
        (folder / "Chart.yaml").write_text(CHART)
        shutil.copy(CASES / "values.yaml", folder / "values.yaml")
        (templates / "_helpers.tpl").write_text((CASES / "helpers.tpl").read_text())
        for number, template in lines:
            # Printed through toJson, so that the output is one comment line and no YAML of its own.
            (templates / f"c{number:04}.yaml").write_text(
                f'{{{{- define "case{number}" }}}}{template}{{{{ end -}}}}\n{marker}{number} {{{{ include "case{number}" . | toJson }}}}\n')
        theirs, ours = self.both(["rel", str(folder), "-n", "ns", "--kube-version", "1.32.1", "--set", "set.int=5", "--set-string",
                                  "set.text=5"])
        answers = []
        for code, out, err in (theirs, ours):
            if code != 0:
                print(f"DIFFERS {family}: a line fails that should not: {err}")
                return
            answers.append(dict(re.findall(rf"(?m)^{marker}(\d+) (.*)$", out.decode(errors="replace"))))
        for number, template in lines:
            self.total += 1
            a, b = (answer.get(str(number)) for answer in answers)
            if a == b:
                self.same += 1
            else:
                self.differ(f"{family}:{number}", template, a, b)

    def compare_error(self, family, number, template, folder):
        (folder / "templates").mkdir()
        (folder / "Chart.yaml").write_text(CHART)
        shutil.copy(CASES / "values.yaml", folder / "values.yaml")
        (folder / "templates" / "_helpers.tpl").write_text((CASES / "helpers.tpl").read_text())
        (folder / "templates" / "case.yaml").write_text(template + "\n")
        (code, _, err), (our_code, _, our_err) = self.both(["rel", str(folder), "-n", "ns"])
        self.total += 1
        if code != 0 and our_code != 0 and place_and_cause(err) == place_and_cause(our_err):
            self.same += 1
        else:
            self.differ(f"{family}:{number}", template, (code, place_and_cause(err)), (our_code, place_and_cause(our_err)))

    def family(self, path):
        good, bad = [], []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not line.strip() or line.startswith("# "):
                continue
            (bad if line.startswith("! ") else good).append((number, line.removeprefix("! ")))
        with tempfile.TemporaryDirectory() as folder:
            if good:
                self.compare_lines(path.stem, good, pathlib.Path(folder))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda case: self.error_case(path.stem, *case), bad))

    def error_case(self, family, number, template):
        with tempfile.TemporaryDirectory() as folder:
            self.compare_error(family, number, template, pathlib.Path(folder))

    def coverage(self, families):
        """Is each function in some line?"""
        named = set()
        for path in families:
            for line in path.read_text().splitlines():
                if not line.startswith("# "):
                    for action in re.findall(r"\{\{.*?\}\}", line):
                        named.update(re.findall(r"(?<![.$\w])[A-Za-z_]\w*", action))
        missing = sorted(set(run([self.ours, "--functions"])[1].decode().split()) - named)
        self.total += 1
        if missing:
            self.differ("coverage", "functions without a case", "", missing)
        else:
            self.same += 1

    def chart(self, path, lines):
        os.chdir(path)
        for line in lines:
            (code, out, err), (our_code, our_out, our_err) = self.both(["rel", str(path), "-n", "ns"] + shlex.split(line))
            self.total += 1
            if code == 0 and our_code == 0 and out == our_out or code != 0 and our_code != 0 and same_failure(err, our_err):
                self.same += 1
            else:
                self.differ(f"charts/{path.name}", line, err or out.decode(errors="replace"), our_err or our_out.decode(errors="replace"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--helm")
    parser.add_argument("--ours", required=True)
    parser.add_argument("--only", default="", help="families and charts whose name holds this")
    options = parser.parse_args()
    runner = Runner(find_helm(options.helm), options.ours)
    families = sorted(CASES.glob("*.txt"))
    for path in families:
        if options.only in path.stem:
            runner.family(path)
    if not options.only:
        runner.coverage(families)
    for path in sorted((HERE / "charts").iterdir()):
        if options.only in path.name:
            args = path / "args"
            runner.chart(path, args.read_text().splitlines() if args.exists() else [""])
    for path, lines in peer_charts():
        if options.only in path.name:
            runner.chart(path, lines)
    print(f"{runner.same} of {runner.total} equal")
    return 0 if runner.same == runner.total and runner.total else 1


if __name__ == "__main__":
    sys.exit(main())
