#!/usr/bin/env python3
# Sums the cycles of a kernel's main loop in an assembly file: of those blocks of an
# innermost loop that have the most matrix instructions. Fails if the vector
# instructions take longer than the matrix instructions.

import re
import sys

# Cycles of one SIMD, as in TargetCosts.cpp; by prefix, everything else takes 4.
SLOW = {"v_exp_f": 16, "v_log_f": 16, "v_rcp_": 16, "v_rsq_": 16, "v_sqrt_": 16, "v_mul_lo_u32": 16,
        "v_mul_hi_u32": 16, "v_mul_hi_i32": 16, "v_mad_u64_u32": 16, "v_mad_i64_i32": 16,
        "v_cvt_pk_f32_": 8, "v_mov_b64": 8, "v_lshlrev_b64": 8, "v_lshrrev_b64": 8, "v_ashrrev_i64": 8}
MATRIX = {"v_mfma_f32_16x16x32_fp8_fp8": 16}


def get_loops(lines, kernel):
    """The instructions of each innermost loop of the kernel, by its header."""
    loops, inside, current = {}, False, None
    for line in lines:
        label = re.match(r"([\w.]+):", line)
        if label and not label.group(1).startswith(".L"):
            inside = label.group(1) == kernel
        if not inside:
            continue
        if label or line.startswith("; %bb"):
            current = None
        header = re.search(r"Inner Loop Header: Depth=\d+", line)
        member = re.search(r"in Loop: Header=(BB\w+) ", line)
        if header:
            block = re.match(r"\.L(BB\w+):", line)
            current = block.group(1) if block else current
            loops.setdefault(current, [])
        elif member:
            current = member.group(1) if member.group(1) in loops else None
        instruction = re.match(r"\s+([vs]_\w+)", line)
        if instruction and current:
            loops[current].append(instruction.group(1))
    return loops


def main():
    file, kernel = sys.argv[1:]
    loops = get_loops(open(file), kernel)
    if not loops:
        sys.exit(f"{file} has no loop in a kernel {kernel}")
    body = max(loops.values(), key=lambda names: sum(name in MATRIX for name in names))
    matrix = sum(MATRIX.get(name, 0) for name in body)
    vector = sum(next((cycles for prefix, cycles in SLOW.items() if name.startswith(prefix)), 4)
                 for name in body if name.startswith("v_") and not name.startswith("v_mfma"))
    verdict = "bound by matrix" if 0 < matrix and vector <= matrix else "not bound by matrix"
    print(f"{kernel}: {verdict} instructions: {matrix} cycles of them in the main loop, "
          f"{vector} of vector instructions")
    return verdict != "bound by matrix"


if __name__ == "__main__":
    sys.exit(main())
