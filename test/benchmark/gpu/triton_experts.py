"""A rival for routed experts: a grouped product with FP4 weights in Triton."""
import torch
import triton
import triton.language as tl


@triton.jit
def grouped_fp4(x, codes, scales, experts, out, n, k, BLOCK_N: tl.constexpr, BLOCK_K: tl.constexpr):
    # One program: BLOCK_N outputs of one chosen expert for one token.
    pair = tl.program_id(1)
    expert = tl.load(experts + pair).to(tl.int64)
    columns = tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N)
    sums = tl.zeros((BLOCK_N,), tl.float32)
    row = codes + expert * n * (k // 2)
    scale_row = scales + expert * n * (k // 32)
    for start in range(0, k // 2, BLOCK_K):
        at = start + tl.arange(0, BLOCK_K)
        byte = tl.load(row + columns[:, None] * (k // 2) + at[None, :])
        exponent = tl.load(scale_row + columns[:, None] * (k // 32) + (at // 16)[None, :])
        scale = (exponent.to(tl.int32) << 23).to(tl.float32, bitcast=True)
        for half in tl.static_range(2):
            code = (byte >> (4 * half)) & 15
            magnitude = (code & 7).to(tl.float32)
            # 0, 0.5, 1, 1.5, 2, 3, 4, 6
            value = tl.where(magnitude < 5, magnitude * 0.5,
                             tl.where(magnitude < 6, 3.0, tl.where(magnitude < 7, 4.0, 6.0)))
            value = tl.where(code >= 8, -value, value)
            factor = tl.load(x + 2 * at + half).to(tl.float32)
            sums += tl.sum(value * scale * factor[None, :], 1)
    tl.store(out + pair * n + columns, sums.to(tl.bfloat16))


def make_calls(torch, m, n, k, experts, chosen):
    """Calls for several random choices of experts by `m` tokens. Bytes are read
    for each token and expert anew, as far as the cache does not have them."""
    codes = torch.randint(0, 255, (experts, n, k // 2), dtype=torch.uint8, device="cuda")
    scales = torch.randint(118, 130, (experts, n, k // 32), dtype=torch.uint8, device="cuda")
    x = torch.randn(k, device="cuda", dtype=torch.bfloat16)
    out = torch.empty(m * chosen, n, device="cuda", dtype=torch.bfloat16)
    calls = []
    for _ in range(8):
        ids = torch.stack([torch.randperm(experts, device="cuda")[:chosen] for _ in range(m)])
        ids = ids.flatten().sort().values.to(torch.int32)
        calls.append(lambda ids=ids: grouped_fp4[(n // 32, m * chosen)](
            x, codes, scales, ids, out, n, k, BLOCK_N=32, BLOCK_K=128))
    return calls
