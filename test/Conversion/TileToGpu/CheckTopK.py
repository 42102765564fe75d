"""Runs a kernel that selects the k largest elements of two rows in the emulator, and
compares what it chooses with a stable sort.

    CheckTopK.py CODE-OBJECT KERNEL COLUMNS K

KERNEL is also the type of the elements: bf16 or f32. Its arguments are the rows, the
number of elements to look at, and the result.
"""

import random
import struct
import subprocess
import sys
import tempfile


def make_scores(columns, distinct, generator):
    """Multiples of 1/8 below 32, which bf16 has too, of both signs, with ties."""
    scores = [generator.randrange(-distinct, distinct) / 8 for _ in range(columns)]
    for i in range(0, columns, 7):
        scores[i] = generator.choice([0.0, -0.0])
    scores[columns // 2] = float("inf")
    scores[columns // 3] = -float("inf")
    return scores


def encode(scores, type_name):
    bits = [struct.unpack("<I", struct.pack("<f", score))[0] for score in scores]
    if type_name == "bf16":
        return struct.pack(f"<{len(bits)}H", *(number >> 16 for number in bits))
    return struct.pack(f"<{len(bits)}I", *bits)


def select(scores, k):
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    chosen = sorted(order[:k])
    return chosen + [-1] * (k - len(chosen))


def run(code, kernel, rows, count, k, folder):
    with open(f"{folder}/rows", "wb") as file:
        file.write(rows)
    command = ["dsv4-emu", code, "--kernel", kernel, "--grid", "512", "--block", "256",
               "--arg", f"buf:{len(rows)}:file={folder}/rows:x",
               "--arg", f"buf:8:hex={struct.pack('<Q', count).hex()}:n",
               "--arg", f"buf:{8 * k}:none:y", "--dump", f"y={folder}/y"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    result = open(f"{folder}/y", "rb").read()
    numbers = struct.unpack(f"<{2 * k}i", result)
    return numbers[:k], numbers[k:]


def main(code, kernel, columns, k):
    columns, k = int(columns), int(k)
    # Fewer than k, the ends of loads, and more than a thread loads at a time.
    counts = [0, 1, k - 1, k, 1001, columns]
    generator = random.Random(1)
    selections = 0
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            rows = [make_scores(columns, distinct, generator) for distinct in (16, 256)]
            data = b"".join(encode(row, kernel) for row in rows)
            for number, found in enumerate(run(code, kernel, data, count, k, folder)):
                expected = select(rows[number][:count], k)
                if list(found) != expected:
                    sys.exit(f"{kernel}: row {number} of {count} elements: expected "
                             f"{expected}, found {list(found)}")
                selections += 1
    print(f"{selections} selections agree with a sort")


if __name__ == "__main__":
    main(*sys.argv[1:])
