"""Runs a kernel in PTX as C (PtxToC.py)."""
import ctypes
import os
import subprocess

from PtxToC import Kernel


def outputs(compiler, folder, ptx, name, buffers, workgroups):
    """What the buffers that the kernel writes hold in the end."""
    source = os.path.join(folder, name)
    with open(source + ".c", "w") as file:
        file.write(Kernel(ptx, name.replace(".", "$")).to_c())
    subprocess.run([compiler, "-O0", "-w", "-shared", "-fPIC", "-ffp-contract=off",
                    "-fno-strict-aliasing", source + ".c", "-o", source + ".so", "-lm"],
                   check=True)
    held, places = [], []
    for data, _ in buffers:
        held.append(ctypes.create_string_buffer(len(data) + 256))
        places.append(-(-ctypes.addressof(held[-1]) // 256) * 256)
        ctypes.memmove(places[-1], data, len(data))
    ctypes.CDLL(source + ".so").run((ctypes.c_uint64 * len(places))(*places), workgroups)
    return b"".join(ctypes.string_at(place, len(data))
                    for place, (data, writes) in zip(places, buffers) if writes)
