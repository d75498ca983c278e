"""Each flag of each of Helm's chart verbs is taken by the verb of the same name."""
import re
import subprocess

import pytest

VERBS = ["template", "install", "upgrade", "rollback", "uninstall", "list", "history", "status", "get all", "get values", "get manifest",
         "get notes", "get hooks", "lint", "package", "show values", "show all", "test", "pull", "push", "repo add", "repo update",
         "repo list", "repo remove", "repo index", "dependency build", "dependency update", "dependency list", "search repo", "verify",
         "registry login", "registry logout"]

# What dpctl refuses, and why.
REFUSED = {
    "--enable-dns": "templates resolve no names",
    "--force-replace": "objects are applied by the server, never replaced",
    "--template": "records are shown with -o",
}
VALUES = {"--timeout": "5m", "--output": "json", "--color": "never", "--colour": "never"}


def flags(text):
    """name, short name and whether a value must follow, of the flags in a help text of Helm's."""
    for line in text.splitlines():
        found = re.match(r"\s+(?:(-\w), )?(--[a-z0-9-]+)( [\w]+)?(\[=)?", line)
        if found:
            yield found[2], found[1], bool(found[3]) and not found[4]


def test_a_flag_that_may_hold_several_words_is_split_as_helm_splits_it(helm, dpctl, tmp_path):
    chart = tmp_path / "web"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 0.1.0\n")
    (chart / "templates" / "a.yaml").write_text(
        'a: {{ range tuple "a/v1" "b/v1" "c,d/v1" "e\\"/v1" }}{{ $.Capabilities.APIVersions.Has . }} {{ end }}\nb: {{ .Values | toJson }}\n')
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(f"last: {name}\n{name}: 1\n")
    words = ["template", "web", str(chart), "-a", 'a/v1,b/v1,"c,d/v1"', "--api-versions", '"e""/v1"', "-a", "",
             "-f", f"{tmp_path}/one.yaml,{tmp_path}/two.yaml"]
    assert dpctl("chart", *words, check=True).stdout == helm(*words).stdout


@pytest.mark.parametrize("verb", VERBS)
def test_the_flags_of_helms_verb_are_taken(helm, dpctl_path, verb):
    known = {}
    for name, short, valued in flags(helm(*verb.split(), "--help").stdout):
        known[name] = (short, valued)
    assert len(known) > 15, "Helm's help was not understood"
    wrong = []
    for name, (short, valued) in known.items():
        if name in REFUSED or name == "--help":
            continue
        for spelled in filter(None, (name, short)):
            value = [VALUES.get(name, "1")] if valued else []
            done = subprocess.run([dpctl_path, "chart", *verb.split(), spelled, *value, "--help"], capture_output=True, text=True)
            if done.returncode != 0:
                wrong.append((spelled, done.stderr.splitlines()[0]))
    assert wrong == []
