"""Writes files as C++ string literals: embed.py OUT NAMESPACE DIR FILE... makes OUT.hpp and OUT.cpp (see embed.cmake)."""
import sys
from pathlib import Path

PIECE = 8000  # below the length of a literal that every compiler must take


def literal(data: bytes) -> str:
    """`data` as adjacent C++ string literals of at most PIECE bytes each."""
    out = []
    for start in range(0, len(data), PIECE):
        text = []
        for byte in data[start:start + PIECE]:
            if byte == 0x0A:
                text.append("\\n\"\n\"")
            elif byte in (0x22, 0x5C):
                text.append("\\" + chr(byte))
            elif byte == 0x3F:
                text.append("\\?")  # no trigraphs
            elif 0x20 <= byte < 0x7F:
                text.append(chr(byte))
            else:
                text.append(f"\\{byte:03o}")
        out.append('"' + "".join(text) + '"')
    return "\n".join(out) or '""'



def main() -> None:
    out, namespace, folder, *names = sys.argv[1:]
    head = (f"#pragma once\n\n#include <span>\n#include <string_view>\n\nnamespace {namespace} {{\n\n"
            "struct EmbeddedFile {\n  std::string_view path;\n  std::string_view bytes;\n};\n\n"
            "std::span<const EmbeddedFile> embedded_files();\n\n"
            f"}}  // namespace {namespace}\n")
    body = [f'#include "{Path(out).name}.hpp"\n\nnamespace {namespace} {{\nnamespace {{\n']
    for i, name in enumerate(names):
        data = (Path(folder) / name).read_bytes()
        body.append(f"constexpr char kFile{i}[] =\n{literal(data)};\n")
    body.append("constexpr EmbeddedFile kFiles[] = {")
    for i, name in enumerate(names):
        body.append(f'    {{"{name}", {{kFile{i}, sizeof(kFile{i}) - 1}}}},')
    body.append("};\n}  // namespace\n\nstd::span<const EmbeddedFile> embedded_files() { return kFiles; }\n\n"
                f"}}  // namespace {namespace}\n")
    Path(out + ".hpp").write_text(head)
    Path(out + ".cpp").write_text("\n".join(body))


if __name__ == "__main__":
    main()
