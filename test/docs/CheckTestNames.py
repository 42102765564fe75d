# Checks that the tests a document names exist.
#
#   CheckTestNames.py DOCUMENT TEST_FOLDER
#
# `Suite.Test` and `.Test`, of the suite named last, are GoogleTests; `Suite.Test/Case`
# is one with a case of that name. `@name` is a symbol in test/Dialect.

import pathlib
import re
import sys

NAME = re.compile(r"`([A-Z]\w*)?\.([A-Z]\w+)(?:/(\w+))?`")
TEST = re.compile(r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)")


def read(folder, pattern):
    return "\n".join(path.read_text() for path in sorted(folder.rglob(pattern)))


def main(document, tests):
    text = pathlib.Path(document).read_text()
    text = text.replace("`Suite.Test`", "").replace("`name @function`", "")
    sources = read(pathlib.Path(tests), "*.cpp")
    symbols = set(re.findall(r"@(\w+)", read(pathlib.Path(tests) / "Dialect", "*.mlir")))
    defined = set(TEST.findall(sources))
    missing, count, suite = [], 0, None
    for match in NAME.finditer(text):
        suite = match[1] or suite
        count += 1
        if (suite, match[2]) not in defined or (match[3] and f'"{match[3]}"' not in sources):
            missing.append(match[0])
    for name in re.findall(r"@(\w+)`", text):
        count += 1
        if name not in symbols:
            missing.append("@" + name)
    for name in missing:
        print(f"{document}: no test {name}")
    print(f"{count - len(missing)} of {count} tests exist")
    return 1 if missing or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
