"""Runs kernels that fold scales, and their exact ones, on the same random data.

    CompareFolded.py CC TILE.mlir KERNELS.ptx FOLDER

What they write must be the same to the bit: PTX runs as C (PtxToC.py), where sums of
mma.sync are exact but for one rounding.
"""
import os
import random
import re
import struct
import sys

from RunPtx import outputs

ARGUMENT = re.compile(r"%arg\d+: memref<([0-9x]+)x(\w+)> \{(.*?)\}(?=, %arg|\) attributes)")


def bytes_without(count, is_left_out):
    return random.randbytes(count).translate(bytes(0 if is_left_out(x) else x for x in range(256)))


def data_for(shape, element, attributes, tokens, experts, ids):
    """Contents of a buffer that a kernel reads: what packing and writers leave."""
    count = 1
    for size in shape.split("x"):
        count *= int(size)
    if "exec.writes" in attributes:
        return bytes(count * {"i32": 4, "f32": 4, "bf16": 2}.get(element, 1))
    if element == "i32":
        numbers = [tokens] * count if ids else random.choices(range(experts), k=count)
        return struct.pack(f"{count}i", *numbers)
    if element == "i8":
        return bytes_without(count, lambda x: x & 15 == 8 or x >> 4 == 8)
    if element == "f8E4M3FN":
        return bytes_without(count, lambda x: x & 127 == 127)
    if element == "f8E8M0FNU":
        # The least that weights of a folding kernel have, and usual ones.
        scales = [64, *range(112, 123)] if "e2m1" in attributes else range(110, 123)
        return bytes(random.choices(scales, k=count))
    numbers = [random.gauss(0, 1) for _ in range(count)]
    if element == "bf16":
        return b"".join(struct.pack("f", number)[2:] for number in numbers)
    return struct.pack(f"{count}f", *numbers)


def main():
    compiler, tile, path, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with open(path) as file:
        ptx = file.read()
    with open(tile) as file:
        lines = re.findall(r"tile\.kernel @(\S+?)\((.*)", file.read())
    compared, failed = 0, False
    for name, line in lines:
        if name + ".exact" not in dict(lines):
            continue
        random.seed(1)
        tokens = int(re.search(r"\.t(\d+)", name).group(1))
        experts = int(re.search(r"scaled<(\d+)x\d+x\d+, e2m1", line).group(1))
        buffers, ids = [], 0
        for shape, element, attributes in ARGUMENT.findall(line):
            data = data_for(shape, element, attributes, tokens, experts, ids)
            buffers.append((data, "exec.writes" in attributes))
            ids += element == "i32"
        workgroups = int(re.search(r"workgroups = (\d+)", line).group(1))
        folded, exact = (outputs(compiler, folder, ptx, each, buffers, workgroups)
                         for each in (name, name + ".exact"))
        differ = sum(a != b for a, b in zip(folded, exact))
        values = len(set(folded))
        print(f"{name}: {differ} of {len(folded)} bytes differ from .exact, {values} values")
        failed |= differ > 0 or values < 64
        compared += 1
    print(f"{compared} kernels compared")
    sys.exit(failed or not compared)


main()
