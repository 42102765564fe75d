#!/usr/bin/env python3
"""make-exports.py exports.txt MAJOR DIRECTORY: writes DIRECTORY/exports.map, the version script of libamdhip64.so.MAJOR, and
DIRECTORY/Stubs.cpp, which defines every symbol of it weakly so that the linker takes the real one where there is one."""

import os
import re
import sys


def read_nodes(path, major):
    nodes = []
    for line in open(path):
        line = line.split("#")[0].strip()
        heading = re.fullmatch(r"\[(hip_(\d+)\.\d+)\]", line)
        if heading:
            if int(heading[2]) > major:
                break
            nodes.append((heading[1], []))
        elif line:
            symbol, *majors = line.split()
            first, _, last = majors[0].partition("-") if majors else ("", "", "")
            if int(first or 0) <= major <= int(last or major):
                nodes[-1][1].append(symbol)
    return nodes


def main():
    path, major, directory = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    nodes = read_nodes(path, major)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "exports.map"), "w") as out:
        before = ""
        for node, symbols in nodes:
            out.write(node + " {\nglobal:\n" + "".join(f"  {s};\n" for s in symbols))
            out.write("local:\n  *;\n}" + before + ";\n")
            before = " " + node
    with open(os.path.join(directory, "Stubs.cpp"), "w") as out:
        out.write("namespace hipstandin {\nint refuse(const char *function);\n}\nextern \"C\" {\n")
        for _, symbols in nodes:
            for symbol in symbols:
                out.write(f'__attribute__((weak)) int {symbol}() {{ return hipstandin::refuse("{symbol}"); }}\n')
        out.write("}\n")


main()
