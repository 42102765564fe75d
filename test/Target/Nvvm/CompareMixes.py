"""Mixes streams one token at a time, and with a product of 16 tokens, on the same random data.

    CompareMixes.py CC KERNELS.ptx STREAMS WIDTH FOLDER

Both are kernels in PTX, run as C; what they make of a token must be the same to the bit.
"""
import os
import random
import struct
import sys

from RunPtx import outputs

TOKENS = 16
MIX = "hc_mix_rmsnorm_quantize"
MOST_GROUPS = 4096


def floats(numbers):
    return struct.pack(f"{len(numbers)}f", *numbers)


def bf16(count, mean=0.0):
    return b"".join(struct.pack("f", random.gauss(mean, 1))[2:] for _ in range(count))


def read(*buffers):
    return [(data, False) for data in buffers]


def written(*sizes):
    return [(bytes(size), True) for size in sizes]


def main():
    compiler, path, streams, width, folder = sys.argv[1:]
    streams, width = int(streams), int(width)
    os.makedirs(folder, exist_ok=True)
    with open(path) as file:
        ptx = file.read()
    random.seed(1)
    length, mixes = streams * width, streams * (streams + 2)
    blocks = length // 128
    weight = floats([random.gauss(0, 0.02) for _ in range(length * mixes)])
    vectors = read(floats([random.gauss(0, 1) for _ in range(mixes)]), floats([0.5, 0.7, 0.9]),
                   bf16(width, 1))
    rows = [bf16(length) for _ in range(TOKENS)]
    # Post and comb weights, codes and scales.
    sizes = [4 * streams, 4 * streams * streams, width, width // 128]

    def counts(tokens):
        return struct.pack(f"{TOKENS}i", *[tokens] * TOKENS)

    scratch = TOKENS * 4 * blocks * mixes
    all_rows = b"".join(rows)
    product = outputs(compiler, folder, ptx, f"linear.t{TOKENS}",
                      read(counts(TOKENS), weight, all_rows, bytes(scratch),
                           bytes(4 * MOST_GROUPS)) + written(4 * TOKENS * mixes), blocks)
    together = outputs(compiler, folder, ptx, f"{MIX}.t{TOKENS}",
                       read(counts(TOKENS), all_rows, product) + vectors +
                       written(*(TOKENS * size for size in sizes)), TOKENS)
    differ = 0
    for token in range(0, TOKENS, 5):
        alone = outputs(compiler, folder, ptx, f"{MIX}.t1.1",
                        read(counts(1), rows[token], weight, bytes(scratch),
                             bytes(4 * MOST_GROUPS)) + vectors + written(*sizes), blocks)
        start, first = 0, 0
        for size in sizes:
            here = together[start + token * size:start + (token + 1) * size]
            differ += sum(a != b for a, b in zip(alone[first:first + size], here))
            start, first = start + TOKENS * size, first + size
    print(f"{differ} bytes differ, {len(set(alone))} values")
    sys.exit(differ > 0 or len(set(alone)) < 64)


main()
