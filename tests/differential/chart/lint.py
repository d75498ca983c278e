#!/usr/bin/env python3
"""Lints every chart of charts/ with helm and with dpctl: standard output and exit code must be equal.

Each chart is linted plainly, with --strict, and with --quiet. A difference is printed as a diff.
"""
import argparse
import concurrent.futures
import difflib
import pathlib
import subprocess
import sys

from run import HERE, Runner, find_helm

FLAGS = [[], ["--strict"], ["--quiet"]]


class Linter(Runner):
    def lint(self, program, chart, flags):
        done = subprocess.run(program + ["lint", chart.name] + flags, capture_output=True, env=self.env, cwd=chart.parent)
        return done.returncode, done.stdout.decode(errors="replace")

    def differences(self, chart, flags):
        """Empty when both say the same."""
        code, out = self.lint([self.helm], chart, flags)
        our_code, our_out = self.lint([self.ours, "chart"], chart, flags)
        if (code, out) == (our_code, our_out):
            return ""
        diff = difflib.unified_diff(out.splitlines(), our_out.splitlines(), "helm", "ours", lineterm="", n=0)
        return "\n".join([f"DIFFERS {chart.name} {' '.join(flags)}: exit {code}, ours {our_code}", *diff])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--helm")
    parser.add_argument("--ours", required=True, help="the dpctl to compare")
    parser.add_argument("--only", default="", help="charts whose name holds this")
    options = parser.parse_args()
    linter = Linter(find_helm(options.helm), str(pathlib.Path(options.ours).resolve()))
    cases = [(path, flags) for path in sorted((HERE / "charts").iterdir()) if options.only in path.name for flags in FLAGS]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda case: linter.differences(*case), cases))
    for answer in filter(None, answers):
        print(answer)
    same = answers.count("")
    print(f"{same} of {len(answers)} equal")
    return 0 if same == len(answers) and answers else 1


if __name__ == "__main__":
    sys.exit(main())
