"""A rival for routed experts: a grouped product with FP4 weights in Triton."""
import torch
import triton
import triton.language as tl

BLOCK_M = 16


def configurations():
    return [
        triton.Config({"BLOCK_N": n, "BLOCK_K": k}, num_warps=warps, num_stages=stages)
        for n, k, warps, stages in [(32, 256, 4, 3), (32, 512, 4, 2), (64, 128, 4, 3),
                                    (64, 128, 4, 5), (64, 256, 4, 3), (64, 256, 8, 4),
                                    (128, 128, 8, 3), (128, 128, 8, 4), (128, 256, 8, 3)]
    ]


@triton.jit
def e2m1(code):
    # Exponent and mantissa at the top of f16's, whose bias is 14 more.
    bits = ((code & 8) << 12) | ((code & 7) << 9)
    return (bits.to(tl.int16).to(tl.float16, bitcast=True) * 16384.0).to(tl.bfloat16)


@triton.autotune(configurations(), key=["blocks", "n", "k"])
@triton.jit
def grouped_fp4(x, codes, scales, block_experts, block_pairs, out, pairs, chosen, blocks, n, k,
                BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr):
    # One program: BLOCK_N outputs of one expert for up to BLOCK_M of its tokens.
    # The weights of an expert are read once for them.
    block = tl.program_id(1)
    expert = tl.load(block_experts + block).to(tl.int64)
    pair = tl.load(block_pairs + block * BLOCK_M + tl.arange(0, BLOCK_M))
    valid = pair < pairs
    columns = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    tokens = x + (pair // chosen)[:, None] * k
    half = tl.arange(0, BLOCK_K // 2)
    groups = tl.arange(0, BLOCK_K // 32)
    row = codes + expert * n * (k // 2) + columns[:, None] * (k // 2)
    scale_row = scales + expert * n * (k // 32) + columns[:, None] * (k // 32)
    sums = tl.zeros((BLOCK_M, BLOCK_N), tl.float32)
    for start in range(0, k, BLOCK_K):
        byte = tl.load(row + start // 2 + half[None, :]).to(tl.int32)
        exponent = tl.load(scale_row + start // 32 + groups[None, :]).to(tl.int16)
        scale = (exponent << 7).to(tl.bfloat16, bitcast=True)
        scale = tl.reshape(tl.broadcast_to(scale[:, :, None], (BLOCK_N, BLOCK_K // 32, 16)),
                           (BLOCK_N, BLOCK_K // 2))
        even = tl.load(tokens + start + 2 * half[None, :], mask=valid[:, None], other=0.0)
        odd = tl.load(tokens + start + 2 * half[None, :] + 1, mask=valid[:, None], other=0.0)
        sums = tl.dot(even, tl.trans(e2m1(byte) * scale), sums)
        sums = tl.dot(odd, tl.trans(e2m1(byte >> 4) * scale), sums)
    tl.store(out + pair[:, None] * n + columns[None, :], sums.to(tl.bfloat16),
             mask=valid[:, None])


def group(ids, experts):
    """Pairs of token and expert, sorted by expert, in blocks of one expert each,
    and the experts of the blocks. Rows beyond an expert's last are no pair."""
    pairs = ids.numel()
    blocks, owners = [], []
    for expert in range(experts):
        mine = (ids.flatten() == expert).nonzero().flatten().tolist()
        for start in range(0, len(mine), BLOCK_M):
            part = mine[start:start + BLOCK_M]
            blocks.append(part + [pairs] * (BLOCK_M - len(part)))
            owners.append(expert)
    return (torch.tensor(owners, dtype=torch.int32, device="cuda"),
            torch.tensor(blocks, dtype=torch.int32, device="cuda"))


def reference(x, codes, scales, ids, chosen):
    """The same in f32, expert by expert."""
    table = torch.tensor([0, .5, 1, 1.5, 2, 3, 4, 6, 0, -.5, -1, -1.5, -2, -3, -4, -6.],
                         device=x.device)
    pairs = []
    for pair, expert in enumerate(ids.flatten().tolist()):
        byte = codes[expert].int()
        weights = torch.stack([table[byte & 15], table[byte >> 4]], -1).flatten(1)
        weights = weights * torch.exp2(scales[expert].float() - 127).repeat_interleave(32, 1)
        pairs.append(weights @ x[pair // chosen].float())
    return torch.stack(pairs)


def make_calls(torch, m, n, k, experts, chosen):
    """Calls for several random choices of experts by `m` tokens; the first one's
    result is compared with that of PyTorch."""
    codes = torch.randint(0, 256, (experts, n, k // 2), dtype=torch.uint8, device="cuda")
    scales = torch.randint(118, 130, (experts, n, k // 32), dtype=torch.uint8, device="cuda")
    x = torch.randn(m, k, device="cuda", dtype=torch.bfloat16)
    out = torch.empty(m * chosen, n, device="cuda", dtype=torch.bfloat16)
    calls = []
    for choice in range(8):
        ids = torch.stack([torch.randperm(experts, device="cuda")[:chosen] for _ in range(m)])
        owners, blocks = group(ids, experts)

        def call(owners=owners, blocks=blocks):
            # One tuned configuration for all choices of one `m`.
            grouped_fp4[lambda c: (n // c["BLOCK_N"], len(owners))](
                x, codes, scales, owners, blocks, out, m * chosen, chosen, m, n, k,
                BLOCK_M=BLOCK_M)

        calls.append(call)
        if choice == 0:
            call()
            expected = reference(x, codes, scales, ids, chosen)
            error = (out.float() - expected).norm() / expected.norm()
            if not error < 1e-2:
                raise RuntimeError(f"wrong by {error:.3g} of the norm")
    return calls
