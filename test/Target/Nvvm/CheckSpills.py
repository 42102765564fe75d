"""Assembles the PTX modules of a file with ptxas; names kernels that spill more
than some bytes, stores and loads together.

    CheckSpills.py PTXAS FILE BYTES
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

PROPERTIES = re.compile(
    r"Function properties for (\S+)\s+(\d+) bytes stack frame, (\d+) bytes spill stores, "
    r"(\d+) bytes spill loads")


def assemble(ptxas, text, folder, number):
    """[(kernel, bytes of stack, of spills)] of one module."""
    path = os.path.join(folder, f"{number}.ptx")
    with open(path, "w") as file:
        file.write(text)
    done = subprocess.run([ptxas, "-v", "-arch=sm_90", path, "-o", path + ".cubin"],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"ptxas fails on module {number}:\n{done.stderr[:2000]}")
    return [(name, int(stack), int(stores) + int(loads))
            for name, stack, stores, loads in PROPERTIES.findall(done.stderr)]


def main():
    ptxas, path, limit = sys.argv[1:]
    with open(path) as file:
        modules = [".version" + text for text in file.read().split(".version")[1:]]
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            kernels = [kernel for found in pool.map(
                lambda item: assemble(ptxas, item[1], folder, item[0]), enumerate(modules))
                       for kernel in found]
    spilling = [kernel for kernel in kernels if kernel[2] > int(limit)]
    for name, stack, spills in spilling:
        print(f"SPILLS {name}: {stack} bytes of stack, {spills} of spills; expected at most {limit}")
    print(f"{len(kernels)} kernels, {len(spilling)} spill more than {limit} bytes")
    sys.exit(1 if spilling or not kernels else 0)


main()
