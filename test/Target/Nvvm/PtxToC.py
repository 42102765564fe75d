"""Kernels in PTX as C that runs the threads of a workgroup in lockstep.

A basic block runs for all threads that are at it, instruction by instruction, so
that warps may exchange registers. Of the blocks where threads are, the first one in
reverse postorder is next: threads that parted meet again before what follows. An
instruction that this file does not know is an error.
"""
import re

RUNTIME = r"""
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static uint8_t active[1024];
static float toF32(uint32_t x) { float f; memcpy(&f, &x, 4); return f; }
static uint32_t bits(float f) { uint32_t x; memcpy(&x, &f, 4); return x; }
static float fromF16(uint16_t h) {
  int e = h >> 10 & 31, m = h & 1023;
  float v = e == 31 ? (m ? NAN : INFINITY) : e ? ldexpf(1024 + m, e - 25) : ldexpf(m, -24);
  return h & 0x8000 ? -v : v;
}
static float fromE4M3(uint8_t c) {
  int e = c >> 3 & 15, m = c & 7;
  float v = (c & 127) == 127 ? NAN : e ? ldexpf(8 + m, e - 10) : ldexpf(m, -9);
  return c & 128 ? -v : v;
}
/* Every e4m3 number is one of f16. */
static uint16_t f16OfE4M3(uint8_t c) {
  for (uint32_t h = 0; h < 0x8000; h += 1)
    if (fromF16(h) == fromE4M3(c & 127)) return h | (c & 128) << 8;
  return 0x7FFF;
}
static uint32_t f16PairOfE4M3(uint16_t codes) {
  static uint16_t table[256];
  if (!table[1]) for (int c = 0; c < 256; ++c) table[c] = f16OfE4M3(c);
  return table[codes & 255] | (uint32_t)table[codes >> 8] << 16;
}
static uint32_t toE4M3(float x) {
  if (isnan(x)) return 127;
  double a = fmin(fabs((double)x), 448), nearest = INFINITY;
  int best = 0;
  for (int c = 0; c < 127; ++c) {
    double d = fabs(a - fromE4M3(c));
    if (d < nearest || (d == nearest && c % 2 == 0)) nearest = d, best = c;
  }
  return best | (signbit(x) ? 128 : 0);
}
static uint32_t prmt(uint32_t a, uint32_t b, uint32_t selector) {
  uint64_t both = (uint64_t)b << 32 | a;
  uint32_t result = 0;
  for (int i = 0; i < 4; ++i) {
    int s = selector >> 4 * i & 15;
    uint32_t byte = both >> 8 * (s & 7) & 255;
    if (s & 8) byte = byte & 128 ? 255 : 0;
    result |= byte << 8 * i;
  }
  return result;
}
/* Copies that a thread has not waited for. */
static struct { uint64_t to; const uint8_t *from; int size, copied; } copies[1024][64];
static int numCopies[1024];
static void copyLater(int t, uint64_t to, const uint8_t *from, int size, int copied) {
  if (numCopies[t] == 64) { fprintf(stderr, "too many copies\n"); exit(3); }
  copies[t][numCopies[t]].to = to;
  copies[t][numCopies[t]].from = from;
  copies[t][numCopies[t]].size = size;
  copies[t][numCopies[t]++].copied = copied;
}
static void deliver(int t, uint8_t *shared) {
  for (int i = 0; i < numCopies[t]; ++i) {
    memset(shared + copies[t][i].to, 0, copies[t][i].size);
    memcpy(shared + copies[t][i].to, copies[t][i].from, copies[t][i].copied);
  }
  numCopies[t] = 0;
}
static uint64_t shl(uint64_t a, uint32_t n, uint32_t width) { return n < width ? a << n : 0; }
static uint64_t shr(uint64_t a, uint32_t n, uint32_t width) { return n < width ? a >> n : 0; }
static int64_t sar(int64_t a, uint32_t n, uint32_t width) { return a >> (n < width ? n : width - 1); }
/* m16n8kK, registers as in the PTX ISA; the sum is exact but for its last rounding. */
static void mma(uint32_t *d[4], uint32_t *a[4], uint32_t *b[2], uint32_t *c[4], int threads, int e4m3) {
  int per = e4m3 ? 4 : 2, K = e4m3 ? 32 : 16;
  for (int warp = 0; warp < threads; warp += 32) {
    int here = 0;
    for (int lane = 0; lane < 32; ++lane) here += active[warp + lane];
    if (!here) continue;
    if (here != 32) { fprintf(stderr, "mma by %d lanes\n", here); exit(3); }
    double A[16][32], B[32][8];
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < per; ++i)
        for (int part = 0; part < 2; ++part) {
          int k = part * K / 2 + lane % 4 * per + i;
          for (int upper = 0; upper < 2; ++upper) {
            uint32_t x = a[upper + 2 * part][warp + lane];
            A[lane / 4 + 8 * upper][k] = e4m3 ? fromE4M3(x >> 8 * i) : fromF16(x >> 16 * i);
          }
          uint32_t x = b[part][warp + lane];
          B[k][lane / 4] = e4m3 ? fromE4M3(x >> 8 * i) : fromF16(x >> 16 * i);
        }
    uint32_t result[4][32];
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i) {
        double sum = toF32(c[i][warp + lane]);
        for (int k = 0; k < K; ++k) sum += A[lane / 4 + i / 2 * 8][k] * B[k][lane % 4 * 2 + i % 2];
        result[i][lane] = bits(sum);
      }
    for (int i = 0; i < 4; ++i) memcpy(d[i] + warp, result[i], sizeof result[i]);
  }
}
static uint8_t *aligned(uint8_t *at, int bytes) {
  if ((uintptr_t)at % bytes) { fprintf(stderr, "access of %d bytes is not aligned\n", bytes); exit(3); }
  return at;
}
"""

# Rounds of the schedule; a workgroup's shared memory holds rubbish at first.
SCHEDULE = r"""
void run(uint64_t *arguments, int workgroups) {
  parameters = arguments;
  for (workgroup = 0; workgroup < workgroups; ++workgroup) {
    memset(shared, 0xA5, sizeof shared);
    memset(at, 0, sizeof at);
    memset(waits, 0, sizeof waits);
    for (;;) {
      int next = BLOCKS, waiting = 0;
      for (int t = 0; t < THREADS; ++t) {
        waiting |= waits[t];
        if (!waits[t] && at[t] < BLOCKS && rank[at[t]] < next) next = rank[at[t]];
      }
      if (next == BLOCKS && !waiting) break;
      if (next == BLOCKS) { memset(waits, 0, sizeof waits); continue; }
      for (int t = 0; t < THREADS; ++t) active[t] = !waits[t] && at[t] == order[next];
      table[order[next]]();
    }
  }
}
"""

COMPARE = dict(eq="==", ne="!=", lt="<", le="<=", gt=">", ge=">=")
ARITHMETIC = dict(add="+", sub="-", mul="*")
BITWISE = {"and": "&", "or": "|", "xor": "^"}


def split(text):
    """Operands, of which those in braces or brackets have commas of their own."""
    operands, depth, current = [], 0, ""
    for char in text:
        depth += (char in "{[") - (char in "}]")
        if char == "," and depth == 0:
            operands.append(current.strip())
            current = ""
        else:
            current += char
    return operands + [current.strip()] if text else []


class Kernel:
    def __init__(self, text, name):
        start = text.index(f".entry {name}(")
        module, end = text.rfind(".version", 0, start), text.index("\n}", start)
        head, code = text[start:end].split("\n{", 1)
        code = re.sub(r",\s*\n\s*", ", ", re.sub(r"//[^\n]*", "", code))
        code = re.sub(r"(mma\S+)\s*\n\s*", r"\1 ", code)
        self.threads = int(re.search(r"\.maxntid (\d+)", head).group(1))
        self.parameters = re.findall(r"(\S+_param_\d+)", head)
        self.shared, self.shared_bytes = {}, 0
        whole = re.sub(r"\.shared (\.align \d+) \.u32 (\S+?);", r".shared \1 .b8 \2[4];",
                       text[module:end])
        for symbol, size in re.findall(r"\.shared \.align \d+ \.b8 (\S+?)\[(\d*)\]", whole):
            if symbol in code:
                self.shared[symbol] = -(-self.shared_bytes // 16) * 16
                self.shared_bytes = self.shared[symbol] + int(size or 227 << 10)
        self.registers, self.blocks, self.labels = {}, [[]], {}
        for line in filter(None, map(str.strip, code.split("\n"))):
            self.read(line)
        self.blocks = [block for block in self.blocks if block]

    def read(self, line):
        if register := re.match(r"\.reg \.(\w+)\s+%(\w+?)<(\d+)>", line):
            self.registers[register.group(2)] = register.group(1), register.group(3)
            return
        if line.startswith("."):
            return
        if label := re.match(r"(\$\w+):", line):
            if self.blocks[-1]:
                self.blocks.append([])
            self.labels[label.group(1)] = len(self.blocks) - 1
            return
        guard, line = None, line.rstrip(";").strip()
        if line[0] == "@":
            guard, line = line.split(None, 1)
        name, _, rest = line.partition(" ") if " " in line else line.partition("\t")
        name, _, rest = (name + " " + rest).replace("\t", " ").partition(" ")
        self.blocks[-1].append((guard, name, split(rest.strip())))
        if name.split(".")[0] in ("bra", "ret", "bar"):
            self.blocks.append([])

    def value(self, operand, cast=None):
        if operand == "%tid.x":
            text = "(uint32_t)t"
        elif operand == "%ctaid.x":
            text = "(uint32_t)workgroup"
        elif register := re.match(r"%([a-z]+)(\d+)$", operand):
            text = f"{register.group(1)}_[{register.group(2)}][t]"
        elif operand.startswith("0f"):
            text = f"0x{operand[2:]}u"
        elif operand in self.shared:
            text = f"{self.shared[operand]}ull"
        else:
            text = f"{int(operand.rstrip('U'), 0)}ll"
        return f"({cast})({text})" if cast else text

    def f32(self, operand):
        return f"toF32({self.value(operand, 'uint32_t')})"

    def put(self, register, text):
        return "" if register == "_" else f"{self.value(register)} = {text};"

    def each(self, statement, guard):
        condition = "active[t]"
        if guard:
            condition += f" && {'!' if '!' in guard else ''}{self.value(guard.lstrip('@!'))}"
        return f"for (int t = 0; t < {self.threads}; ++t) if ({condition}) {{ {statement} }}"

    def place(self, text):
        """The base and the offset of an address."""
        base, offset = re.match(r"\[([^+\]]+)(?:\+(-?\d+))?\]$", text).groups()
        return base, offset or 0

    def memory(self, parts, operands):
        """Loads and stores of one or several registers."""
        is_load = parts[0] == "ld"
        registers, place = operands if is_load else operands[::-1]
        registers = split(registers[1:-1]) if registers[0] == "{" else [registers]
        base, offset = self.place(place)
        size = int(parts[-1][1:]) // 8
        at = f"({self.value(base, 'uint64_t')} + {offset}ll)"
        at = f"shared + {at}" if parts[1] == "shared" else f"(uint8_t *){at}"
        text = f"uint8_t *at = aligned({at}, {size * len(registers)});"
        for i, register in enumerate(registers):
            if is_load and register != "_":
                text += (f"{{ {c_type(parts[-1])} x; memcpy(&x, at + {i * size}, {size});"
                         f"{self.put(register, 'x')} }}")
            elif not is_load:
                text += (f"{{ {c_type(parts[-1])} x = {self.value(register)};"
                         f"memcpy(at + {i * size}, &x, {size}); }}")
        return text

    def compute(self, parts, o):
        """The value of an instruction with one result; None if it is another."""
        op, kind, v, f = parts[0], parts[-1], self.value, self.f32
        if op in ARITHMETIC and kind == "f32":
            return f"bits({f(o[1])} {ARITHMETIC[op]} {f(o[2])})"
        if op in ("min", "max") and kind == "f32":
            return f"bits(f{op}f({f(o[1])}, {f(o[2])}))"
        if op == "mul" and parts[1] in ("wide", "hi"):
            wide = ("int" if kind[0] == "s" else "uint") + "64_t"
            product = f"({wide}){v(o[1], c_type(kind))} * ({wide}){v(o[2], c_type(kind))}"
            return product if parts[1] == "wide" else f"({product}) >> {kind[1:]}"
        if op in ARITHMETIC:
            word = c_type("u" + kind[1:])
            return f"({word})({v(o[1], word)} {ARITHMETIC[op]} {v(o[2], word)})"
        if op in ("min", "max"):
            a, b = v(o[1], c_type(kind)), v(o[2], c_type(kind))
            return f"{a} {'<' if op == 'min' else '>'} {b} ? {a} : {b}"
        if op in BITWISE:
            return f"{v(o[1])} {BITWISE[op]} {v(o[2])}"
        if op in ("shl", "shr"):
            name = "sar" if kind[0] == "s" else op
            return f"{name}({v(o[1], c_type(kind))}, {v(o[2])}, {kind[1:]})"
        if op == "setp" and kind == "f32":
            unordered = f"(isnan({f(o[1])}) || isnan({f(o[2])}))"
            if parts[1] in ("nan", "num"):
                return unordered if parts[1] == "nan" else f"!{unordered}"
            base = parts[1].removesuffix("u")
            compared = f"{f(o[1])} {COMPARE[base]} {f(o[2])}"
            return compared if base == parts[1] else f"{unordered} || {compared}"
        if op == "setp":
            return f"{v(o[1], c_type(kind))} {COMPARE[parts[1]]} {v(o[2], c_type(kind))}"
        if op == "cvt" and parts[1:] == ["rn", "f16x2", "e4m3x2"]:
            return f"f16PairOfE4M3({v(o[1])})"
        if op == "cvt" and parts[1:] == ["rn", "satfinite", "e4m3x2", "f32"]:
            return f"toE4M3({f(o[2])}) | toE4M3({f(o[1])}) << 8"
        if op == "cvt" and len(parts) == 3 and parts[1][0] in "us" and parts[2][0] in "us":
            return f"({c_type(parts[1])})({c_type(parts[2])})({v(o[1])})"
        if op == "neg":
            return f"{v(o[1])} ^ 0x80000000u" if kind == "f32" else f"-{v(o[1])}"
        return {
            "abs.f32": lambda: f"{v(o[1])} & 0x7FFFFFFFu",
            "bfe.u32": lambda: f"({v(o[1], 'uint32_t')} >> {v(o[2])}) & ((1ull << {v(o[3])}) - 1)",
            "bfe.s32": lambda: (f"(int32_t)({v(o[1], 'uint32_t')} << (32 - {v(o[2])} - {v(o[3])}))"
                                f" >> (32 - {v(o[3])})"),
            "div.rn.f32": lambda: f"bits({f(o[1])} / {f(o[2])})",
            "fma.rn.f32": lambda: f"bits(fmaf({f(o[1])}, {f(o[2])}, {f(o[3])}))",
            "mad.lo.s32": lambda: f"{v(o[1])} * {v(o[2])} + {v(o[3])}",
            "not.b32": lambda: f"~{v(o[1])}",
            "not.pred": lambda: f"!{v(o[1])}",
            "prmt.b32": lambda: f"prmt({v(o[1])}, {v(o[2])}, {v(o[3])})",
            "rcp.rn.f32": lambda: f"bits(1.0f / {f(o[1])})",
            "sqrt.rn.f32": lambda: f"bits(sqrtf({f(o[1])}))",
        }.get(".".join(parts), lambda: f"{v(o[3])} ? {v(o[1])} : {v(o[2])}"
              if op == "selp" else None)()

    def instruction(self, guard, name, o):
        parts = name.split(".")
        if name == "bar.sync":
            return self.each("waits[t] = 1;", guard)
        if name.startswith("fence.") or name == "cp.async.commit_group":
            return ""
        if name.startswith("cp.async.wait_group"):
            return self.each("deliver(t, shared);", guard)
        if parts[0] == "mma":
            assert guard is None
            tiles = [", ".join(f"{self.value(x)[:-3]}" for x in split(part[1:-1])) for part in o]
            e4m3 = name == "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32"
            if not e4m3 and name != "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32":
                raise SystemExit(f"unknown instruction {name}")
            return (f"{{ uint32_t *d[4] = {{{tiles[0]}}}, *a[4] = {{{tiles[1]}}}, "
                    f"*b[2] = {{{tiles[2]}}}, *c[4] = {{{tiles[3]}}};"
                    f"mma(d, a, b, c, {self.threads}, {int(e4m3)}); }}")
        if name == "shfl.sync.bfly.b32":
            return (f"{{ uint32_t x[{self.threads}];"
                    f"for (int t = 0; t < {self.threads}; ++t) x[t] = {self.value(o[1])};" +
                    self.each(self.put(o[0], f"x[t ^ {int(o[2])}]"), guard) + "}")
        if name == "ld.param.b64":
            text = self.put(o[0], f"parameters[{self.parameters.index(o[1][1:-1])}]")
        elif name in ("cp.async.cg.shared.global", "cp.async.ca.shared.global"):
            (to, to_offset), (source, offset) = map(self.place, o[:2])
            size = int(o[2])
            text = (f"copyLater(t, {self.value(to, 'uint64_t')} + {to_offset}ll, "
                    f"aligned((uint8_t *)({self.value(source, 'uint64_t')} + {offset}ll), "
                    f"{size}), {size}, {self.value(o[3]) if len(o) > 3 else size});")
        elif parts[0] in ("ld", "st"):
            text = self.memory(parts, o)
        elif name == "atom.global.inc.u32":
            text = (f"uint32_t *at = (uint32_t *){self.value(o[1][1:-1])}, old = *at;"
                    f"*at = old >= {self.value(o[2], 'uint32_t')} ? 0 : old + 1;" +
                    self.put(o[0], "old"))
        elif parts[0] == "mov" and o[0][0] == "{":
            low, high = split(o[0][1:-1])
            text = (f"uint32_t x = {self.value(o[1])};" + self.put(low, "x & 0xFFFF") +
                    self.put(high, "x >> 16"))
        elif parts[0] == "mov" and o[1][0] == "{":
            low, high = split(o[1][1:-1])
            text = self.put(o[0], f"{self.value(low, 'uint16_t')} | "
                                  f"{self.value(high, 'uint32_t')} << 16")
        elif parts[0] == "mov":
            text = self.put(o[0], self.value(o[1]))
        else:
            value = self.compute(parts, o)
            if value is None:
                raise SystemExit(f"unknown instruction {name} {o}")
            text = self.put(o[0], value)
        return self.each(text, guard)

    def successors(self, number):
        guard, name, operands = self.blocks[number][-1]
        jumps = [self.labels[operands[0]]] if name.startswith("bra") else []
        falls = guard or not (name.startswith("bra") or name == "ret")
        return jumps + [number + 1] * bool(falls and number + 1 < len(self.blocks))

    def order(self):
        """Numbers of blocks in reverse postorder, those that nothing reaches last."""
        done, seen, stack = [], {0}, [(0, iter(self.successors(0)))]
        while stack:
            number, rest = stack[-1]
            following = next((n for n in rest if n not in seen), None)
            if following is None:
                done.append(stack.pop()[0])
            else:
                seen.add(following)
                stack.append((following, iter(self.successors(following))))
        return done[::-1] + [n for n in range(len(self.blocks)) if n not in seen]

    def to_c(self):
        width = dict(pred="uint8_t", b16="uint16_t", b32="uint32_t", b64="uint64_t")
        lines = [RUNTIME, f"enum {{ THREADS = {self.threads}, BLOCKS = {len(self.blocks)} }};"]
        for name, (kind, count) in self.registers.items():
            lines.append(f"static {width[kind]} {name}_[{count}][THREADS];")
        lines.append(f"static uint8_t shared[{self.shared_bytes + 16}] "
                     "__attribute__((aligned(256)));\n"
                     "static int at[THREADS], waits[THREADS], workgroup;\n"
                     "static uint64_t *parameters;")
        for number, block in enumerate(self.blocks):
            lines.append(f"static void block{number}(void) {{")
            *body, (guard, name, operands) = block
            lines += [self.instruction(*each) for each in body]
            following = self.each(f"at[t] = {number + 1};", None)
            if name.startswith("bra"):
                lines += [following, self.each(f"at[t] = {self.labels[operands[0]]};", guard)]
            elif name == "ret":
                lines += [following, self.each("at[t] = BLOCKS;", guard)]
            else:
                lines += [self.instruction(guard, name, operands), following]
            lines.append("}")
        order = self.order()
        rank = sorted(range(len(order)), key=order.__getitem__)
        lines.append(f"static const int order[] = {{{', '.join(map(str, order))}}};")
        lines.append(f"static const int rank[] = {{{', '.join(map(str, rank))}}};")
        names = ", ".join(f"block{number}" for number in range(len(order)))
        lines.append(f"static void (*const table[])(void) = {{{names}}};")
        return "\n".join(lines) + SCHEDULE


def c_type(kind):
    return ("int" if kind[0] == "s" else "uint") + kind[1:] + "_t"
