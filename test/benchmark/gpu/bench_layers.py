#!/usr/bin/env python3
"""Times full-size layers of DeepSeek-V4-Flash on an NVIDIA GPU, against the
bandwidth of a copy and against rivals in PyTorch and Triton.

    bench_layers.py config MODEL_DIR -o DIR      # a model of four layers, of all kinds
    dsv4c compile DIR --target=sm_90 --buckets=1,4,16,64,256,2048 --max-batch=2 \\
        --max-context=180000 -o layers.dsv4
    bench_layers.py run layers.dsv4 --dsv4-run build/release/bin/dsv4-run -o results.json

`run` measures copy bandwidth and the rates of bf16 and FP8 products, each kind of
layer for every T and context as a replayed graph, its kernels one by one
(synthetic weights; one step reads more than the L2 cache holds; times of single kernels
have some 3 us of the events between them), and per kernel class a rival in a replayed graph, whose operands rotate over more memory than the
cache. Kernels that spill registers are named. A rival that cannot run is reported with its error, not left out.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time

KINDS = {0: "SWA", 4: "CSA", 128: "HCA"}
# The first layer shares its first launch with the embedding, and isn't timed.
RATIOS = [0, 0, 4, 128]
CACHE_BYTES = 50 << 20


def write_config(arguments):
    with open(os.path.join(arguments.model, "config.json")) as file:
        config = json.load(file)
    # The last number is the draft block's.
    config.update(num_hidden_layers=len(RATIOS), compress_ratios=RATIOS + [0], num_hash_layers=0)
    os.makedirs(arguments.output, exist_ok=True)
    with open(os.path.join(arguments.output, "config.json"), "w") as file:
        json.dump(config, file, indent=1)


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def time_graph(torch, calls, replays=20):
    """Median seconds of one of `calls`, which a graph runs one after the other."""
    for call in calls[:2]:
        call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    for _ in range(3):
        graph.replay()
    times = []
    for _ in range(replays):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end) / 1e3 / len(calls))
    return median(times)


def measure_ceilings(torch):
    size = 1 << 30
    a = torch.randn(size // 4, device="cuda")
    b = torch.empty_like(a)
    copy = min(time_graph(torch, [lambda: b.copy_(a)] * 4),
               time_graph(torch, [lambda: torch.add(a, 1, out=b)] * 4))
    del a, b
    n = 8192
    x = torch.randn(n, n, device="cuda", dtype=torch.bfloat16)
    y = torch.randn(n, n, device="cuda", dtype=torch.bfloat16)
    bf16 = time_graph(torch, [lambda: x @ y])
    xf, yf = x.to(torch.float8_e4m3fn), y.to(torch.float8_e4m3fn).t()
    one = torch.ones((), device="cuda")
    fp8 = time_graph(
        torch,
        [lambda: torch._scaled_mm(xf, yf, scale_a=one, scale_b=one, out_dtype=torch.bfloat16)])
    return {
        "copy_bytes_per_second": 2 * size / copy,
        "bf16_flops": 2 * n**3 / bf16,
        "fp8_flops": 2 * n**3 / fp8,
    }


def read_spills(path):
    """Bytes of local memory per thread of every kernel that has some."""
    spills = {}
    with open(path) as file:
        for line in file:
            name, *fields = line.split()
            local = int(fields[fields.index("local") + 1])
            if local:
                spills[name] = local
    return spills


def run_bench(arguments, profile):
    """One run of dsv4-run bench over all contexts and sizes of steps; its JSON,
    with what kernels spill."""
    command = [
        arguments.dsv4_run, "bench", arguments.bundle, "--weights", "synthetic", "--device",
        "cuda", "--json", "--repetitions", "1", "--decode-count", str(arguments.steps),
        "--prompt-tokens", ",".join(map(str, arguments.contexts)),
        "--decode-step", ",".join(map(str, arguments.tokens)), "--profile", profile
    ]
    with tempfile.NamedTemporaryFile() as log:
        environment = dict(os.environ, DSV4_CUDA_KERNEL_LOG=log.name)
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()[-400:]}")
        result = json.loads(done.stdout)
        result["spills"] = read_spills(log.name)
    return result


def needed_bytes(config, ratio, tokens, context):
    """Bytes of weights and state that one layer of a step reads: projections,
    router, shared expert, the experts that tokens choose, if they choose evenly,
    compressors and the indexer, and the keys of one sequence."""
    h, heads, dim = config["hidden_size"], config["num_attention_heads"], config["head_dim"]
    attention = h * config["q_lora_rank"] + config["q_lora_rank"] * heads * dim + h * dim
    attention += heads * dim * config["o_lora_rank"]
    attention += config["o_groups"] * config["o_lora_rank"] * h
    expert = 3 * h * config["moe_intermediate_size"]
    experts = config["n_routed_experts"]
    missed = (1 - config["num_experts_per_tok"] / experts)**tokens
    routed = experts * (1 - missed) * expert * (0.5 + 1 / 32)
    mixes = 2 * 4 * config["hc_mult"] * h * (config["hc_mult"] + 2) * config["hc_mult"]
    key = dim + 2 * config["qk_rope_head_dim"]  # at most: FP8, rotated channels in bf16
    state = config["sliding_window"] * key
    compressors = 0
    if ratio:
        # Keys and gates in bf16, of two overlapping rows where there is an indexer.
        rows = 2 if ratio == 4 else 1
        compressors = 2 * 2 * h * dim * rows
        entries = context // ratio
        if ratio == 4:
            index_heads, index_dim = config["index_n_heads"], config["index_head_dim"]
            compressors += 2 * 2 * h * index_dim * rows
            compressors += config["q_lora_rank"] * index_heads * index_dim + 2 * h * index_heads
            state += entries * index_dim
            entries = min(entries, config["index_topk"])
        state += entries * key
    return attention + expert + routed + 2 * h * experts + mixes + compressors + state


def time_layers(arguments, config, ceilings):
    graphs = run_bench(arguments, "layers")
    single = run_bench(arguments, "launches")
    for name, size in graphs["spills"].items():
        print(f"SPILLS {size} bytes a thread: {name}", flush=True)
    rows = []
    points = [(c, t) for c in arguments.contexts for t in arguments.tokens]
    for (context, tokens), by_layer, by_launch in zip(points, graphs["cases"], single["cases"]):
        layers = {part["label"]: part["seconds"]
                  for part in by_layer["decode"]["profile"][0]["parts"]}
        row = {
            "tokens": tokens,
            "context": context,
            "step_seconds": sum(layers.values()),
            "layers": {},
            "launches": by_launch["decode"]["profile"][0]["parts"],
        }
        rows.append(row)
        for layer, ratio in enumerate(RATIOS):
            if layer == 0:
                continue
            seconds = layers[f"layers.{layer}"]
            needed = needed_bytes(config, ratio, tokens, context)
            needed /= ceilings["copy_bytes_per_second"]
            row["layers"][KINDS[ratio]] = {
                "seconds": seconds,
                "bound_seconds": needed,
                "times_bound": seconds / needed,
            }
        print(f"T={tokens} context={context}: step {row['step_seconds']*1e6:.0f} us; " +
              ", ".join(f"{kind} {value['seconds']*1e6:.0f} us, "
                        f"{value['times_bound']:.2f} x bound"
                        for kind, value in row["layers"].items()), flush=True)
    return {"device": graphs["device"], "spills": graphs["spills"], "rows": rows}


def copies_for(bytes_each):
    return max(2, math.ceil(3 * CACHE_BYTES / bytes_each))


def rival_bf16(torch, m, n, k):
    x = torch.randn(m, k, device="cuda", dtype=torch.bfloat16)
    ws = [torch.randn(n, k, device="cuda", dtype=torch.bfloat16)
          for _ in range(copies_for(2 * n * k))]
    return time_graph(torch, [lambda w=w: x @ w.t() for w in ws])


def rival_fp8_blocks(torch, m, n, k):
    """cuBLAS with scales of 1 x 128 and 128 x 128 blocks."""
    rows = max(m, 16)
    x = torch.randn(rows, k, device="cuda").to(torch.float8_e4m3fn)
    sx = torch.rand(k // 128, rows, device="cuda").t()
    sw = torch.rand(n // 128, k // 128, device="cuda")
    ws = [torch.randn(n, k, device="cuda").to(torch.float8_e4m3fn) for _ in range(copies_for(n * k))]
    return time_graph(
        torch, [lambda w=w: torch._scaled_mm(x, w.t(), scale_a=sx, scale_b=sw.t(),
                                             out_dtype=torch.bfloat16) for w in ws])


def rival_attention(torch, m, heads, dim, keys):
    """Rows gathered by number, then softmax attention of all heads over them."""
    cache = torch.randn(1 << 17, dim, device="cuda", dtype=torch.bfloat16)
    q = torch.randn(m, heads, dim, device="cuda", dtype=torch.bfloat16)
    picks = [torch.randint(0, 1 << 17, (m, keys), device="cuda") for _ in range(8)]

    def call(pick):
        kv = cache[pick]
        scores = torch.softmax((q @ kv.transpose(1, 2)).float() * dim**-0.5, -1)
        return scores.to(torch.bfloat16) @ kv

    compiled = torch.compile(call)
    compiled(picks[0])
    return time_graph(torch, [lambda p=p: compiled(p) for p in picks])


def rival_fp4_experts(torch, m, n, k, experts, chosen):
    """A grouped product with FP4 weights in Triton: e2m1 codes, a scale of a
    power of two for 32 of them, bf16 activations."""
    import triton_experts
    return time_graph(torch, triton_experts.make_calls(torch, m, n, k, experts, chosen))


def time_rivals(torch, config, tokens):
    h, heads, dim = config["hidden_size"], config["num_attention_heads"], config["head_dim"]
    q, o, groups = config["q_lora_rank"], config["o_lora_rank"], config["o_groups"]
    inner = config["moe_intermediate_size"]
    rivals = []
    for m in tokens:
        classes = [
            ("wq_b, fp8 128-block, cuBLAS", lambda: rival_fp8_blocks(torch, m, heads * dim, q),
             heads * dim * q),
            ("wq_b, bf16, cuBLAS", lambda: rival_bf16(torch, m, heads * dim, q),
             2 * heads * dim * q),
            ("wo_b, fp8 128-block, cuBLAS", lambda: rival_fp8_blocks(torch, m, h, groups * o),
             groups * o * h),
            ("shared expert gate and up, fp8 128-block, cuBLAS",
             lambda: rival_fp8_blocks(torch, m, 2 * inner, h), 2 * inner * h),
            ("routed experts gate and up, fp4, Triton",
             lambda: rival_fp4_experts(torch, m, 2 * inner, h, config["n_routed_experts"],
                                       config["num_experts_per_tok"]), None),
            ("routed experts down, fp4, Triton",
             lambda: rival_fp4_experts(torch, m, h, inner, config["n_routed_experts"],
                                       config["num_experts_per_tok"]), None),
            ("attention over 640 gathered rows, torch.compile",
             lambda: rival_attention(torch, m, heads, dim, 640), None),
        ]
        for name, run, size in classes:
            row = {"class": name, "tokens": m}
            try:
                row["seconds"] = run()
                if size:
                    row["bytes_per_second"] = size / row["seconds"]
            except Exception as error:  # reported, whatever it is
                row["error"] = f"{type(error).__name__}: {error}"[:400]
            rivals.append(row)
            print(f"rival T={m} {name}: " + (f"{row['seconds']*1e6:.1f} us"
                                             if "seconds" in row else row["error"]), flush=True)
    return rivals


def run(arguments):
    import torch
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    with open(arguments.config) as file:
        config = json.load(file)
    results = {
        "command": sys.argv,
        "date": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        "gpu": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "clocks": subprocess.run(
            ["nvidia-smi", "--query-gpu=clocks.sm,clocks.mem,clocks.max.sm", "--format=csv"],
            capture_output=True, text=True).stdout,
    }
    ceilings = results["ceilings"] = measure_ceilings(torch)
    print(json.dumps(ceilings), flush=True)
    results["layers"] = time_layers(arguments, config, ceilings)
    if arguments.rivals:
        results["rivals"] = time_rivals(torch, config, [t for t in arguments.tokens if t <= 64])
    with open(arguments.output, "w") as file:
        json.dump(results, file, indent=1)


def numbers(text):
    return [int(number) for number in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    config = commands.add_parser("config")
    config.add_argument("model", help="folder with Flash's config.json")
    config.add_argument("-o", dest="output", required=True)
    config.set_defaults(function=write_config)
    bench = commands.add_parser("run")
    bench.add_argument("bundle")
    bench.add_argument("--config", required=True, help="config.json of the bundle")
    bench.add_argument("--dsv4-run", default="dsv4-run")
    bench.add_argument("--tokens", type=numbers, default=[1, 4, 16, 64, 256, 2048])
    bench.add_argument("--contexts", type=numbers, default=[4096, 32768, 131072])
    bench.add_argument("--steps", type=int, default=16, help="for each T and context")
    bench.add_argument("--no-rivals", dest="rivals", action="store_false")
    bench.add_argument("-o", dest="output", required=True)
    bench.set_defaults(function=run)
    arguments = parser.parse_args()
    arguments.function(arguments)


if __name__ == "__main__":
    main()
