//===- VectorOpsTest.cpp - Vector instructions against the host -----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestDevice.h"
#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>
#include <random>

namespace emutest {
namespace {

//===----------------------------------------------------------------------===//
// The vocabulary of VectorOps.def on the host.
//===----------------------------------------------------------------------===//

template <class I, class F>
I limited(F v) {
  if (std::isnan(v))
    return 0;
  F t = std::trunc(v);
  if (t >= std::ldexp(F(1), std::numeric_limits<I>::digits))
    return std::numeric_limits<I>::max();
  if (t <= F(std::numeric_limits<I>::min()))
    return std::numeric_limits<I>::min();
  return static_cast<I>(t);
}
_Float16 half(u32 v) {
  u16 h = static_cast<u16>(v);
  _Float16 out;
  std::memcpy(&out, &h, 2);
  return out;
}
u32 bits16(_Float16 v) {
  u16 h;
  std::memcpy(&h, &v, 2);
  return h;
}
u32 byte(u32 v, int k) { return v >> 8 * k & 0xff; }
u32 word(u32 v, int k) { return v >> 16 * k & 0xffff; }
template <class F>
u32 bytewise(F f) {
  return u32(f(0)) | u32(f(1)) << 8 | u32(f(2)) << 16 | u32(f(3)) << 24;
}
template <class F>
u32 halves(F f) {
  return (u32(f(0)) & 0xffff) | u32(f(1)) << 16;
}
f32 single(u64 v, int k) {
  u32 bits = static_cast<u32>(v >> 32 * k);
  f32 out;
  std::memcpy(&out, &bits, 4);
  return out;
}
template <class F>
u64 singles(F f) {
  f32 lo = f(0), hi = f(1);
  u32 a, b;
  std::memcpy(&a, &lo, 4);
  std::memcpy(&b, &hi, 4);
  return a | u64(b) << 32;
}
f32 flushed(f32 v) {
  return std::fpclassify(v) == FP_SUBNORMAL ? std::copysign(0.0f, v) : v;
}
u32 reversed(u32 v) {
  u32 out = 0;
  for (int k = 0; k < 32; ++k)
    out |= (v >> k & 1) << (31 - k);
  return out;
}
u32 leadingZeros(u32 v) {
  if (v == 0)
    return ~0u;
  u32 n = 0;
  while (!(v & 0x80000000u)) {
    v <<= 1;
    ++n;
  }
  return n;
}
i64 signed24(i32 v) {
  i64 low = v & 0xffffff;
  return low >= 0x800000 ? low - 0x1000000 : low;
}
i32 signExtend(u64 v, u32 width) {
  if (width == 0)
    return 0;
  i64 limit = i64(1) << width;
  return static_cast<i32>(i64(v) >= limit / 2 ? i64(v) - limit : i64(v));
}
i64 floorDivide(i64 a, i64 b) {
  i64 q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}
template <class F>
F ieeeMin(F a, F b) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) ? b : a;
  if (a == 0 && b == 0)
    return std::signbit(a) ? a : b;
  return std::min(a, b);
}
template <class T>
T middle(T a, T b, T c) {
  T v[3] = {a, b, c};
  std::sort(v, v + 3);
  return v[1];
}
u32 distance(u32 a, u32 b, int width) {
  u32 sum = 0;
  for (int k = 0; k < 32; k += width) {
    i64 x = a >> k & ((1u << width) - 1), y = b >> k & ((1u << width) - 1);
    sum += static_cast<u32>(std::abs(x - y));
  }
  return sum;
}
i32 dotBytes(u32 a, u32 b, i32 c) {
  u32 sum = static_cast<u32>(c);
  for (int k = 0; k < 4; ++k)
    sum += static_cast<u32>(i32(int8_t(byte(a, k))) * int8_t(byte(b, k)));
  return static_cast<i32>(sum);
}
i32 dotNibbles(u32 a, u32 b, bool isSigned) {
  i32 sum = 0;
  for (int k = 0; k < 32; k += 4) {
    i32 x = a >> k & 15, y = b >> k & 15;
    if (isSigned) {
      x -= x >= 8 ? 16 : 0;
      y -= y >= 8 ? 16 : 0;
    }
    sum += x * y;
  }
  return sum;
}
f32 med3(f32 a, f32 b, f32 c) {
  if (std::isnan(a) || std::isnan(b) || std::isnan(c))
    return ieeeMin(ieeeMin(a, b), c);
  // Zeros differ by their sign only; the order of -0 and +0 counts.
  f32 low = ieeeMin(a, b), high = -ieeeMin(-a, -b);
  return -ieeeMin(-low, -ieeeMin(high, c));
}
u32 norm(f32 v, f32 low, f32 scale) {
  if (std::isnan(v))
    return 0;
  f64 limited = std::min(std::max(f64(v), f64(low)), 1.0);
  return static_cast<u32>(static_cast<i32>(std::nearbyint(limited * scale))) &
         0xffff;
}
f32 clamp01(f32 v) { return v > 1 ? 1.0f : v > 0 ? v : 0.0f; }
u32 quiet16(u32 v) { return (v & 0x7fff) > 0x7c00 ? v | 0x200 : v; }
/// Largest-magnitude half not beyond v.
u32 halfTowardZero(f32 v) {
  u32 nearest = bits16(_Float16(v));
  if (std::isinf(v) || std::isnan(v))
    return nearest;
  bool beyond = std::fabs(f64(float(half(nearest)))) > std::fabs(f64(v));
  return beyond ? nearest - 1 : nearest;
}

_Float16 flushed16(_Float16 v) {
  return std::fabs(float(v)) < 0x1p-14f
             ? _Float16(std::copysign(0.0f, float(v)))
             : v;
}
/// Product and sum of halves, each rounded, without subnormals.
u32 unfusedHalf(u32 a, u32 b, u32 c) {
  _Float16 product = flushed16(
      _Float16(float(flushed16(half(a))) * float(flushed16(half(b)))));
  return bits16(
      flushed16(_Float16(float(product) + float(flushed16(half(c))))));
}
u32 maskedDistance(u32 a, u32 b, bool masked) {
  u32 sum = 0;
  for (int k = 0; k < 4; ++k)
    if (!masked || byte(b, k) != 0)
      sum += static_cast<u32>(std::abs(i32(byte(a, k)) - i32(byte(b, k))));
  return sum;
}
u64 quadDistance(u64 a, u32 b, u64 c, bool masked) {
  u64 out = 0;
  for (int k = 0; k < 4; ++k)
    out |= u64(u16((c >> 16 * k) + maskedDistance(u32(a >> 8 * k), b, masked)))
           << 16 * k;
  return out;
}
struct Cube {
  f32 face, s, t, major;
};
/// Face, coordinates and major axis of a direction in a cube map.
Cube cube(f32 x, f32 y, f32 z) {
  f32 ax = std::fabs(x), ay = std::fabs(y), az = std::fabs(z);
  if (az >= ax && az >= ay)
    return z < 0 ? Cube{5, -x, -y, 2 * z} : Cube{4, x, -y, 2 * z};
  if (ay >= ax)
    return y < 0 ? Cube{3, x, -z, 2 * y} : Cube{2, x, z, 2 * y};
  return x < 0 ? Cube{1, z, -y, 2 * x} : Cube{0, -z, -y, 2 * x};
}

/// Fixed-point numbers with 1408 bits behind the point, most significant word
/// first: just enough arithmetic for 2/pi.
struct Fixed {
  static constexpr int words = 45;
  u32 w[words] = {};
  void divide(u32 by) {
    u64 rest = 0;
    for (u32 &v : w) {
      rest = rest << 32 | v;
      v = static_cast<u32>(rest / by);
      rest %= by;
    }
  }
  void add(const Fixed &o, i64 factor) {
    i64 carry = 0;
    for (int k = words - 1; k >= 0; --k) {
      carry += i64{w[k]} + factor * i64{o.w[k]};
      w[k] = static_cast<u32>(carry);
      carry >>= 32;
    }
  }
  bool atLeast(const Fixed &o) const {
    return !std::lexicographical_compare(w, w + words, o.w, o.w + words);
  }
  bool isZero() const {
    return std::all_of(w, w + words, [](u32 v) { return v == 0; });
  }
};
/// factor * arctan(1 / x) is added to sum.
void addArctan(Fixed &sum, u32 x, i64 factor) {
  Fixed power;
  power.w[0] = 1;
  power.divide(x);
  for (u32 n = 1; !power.isZero(); n += 2, factor = -factor) {
    Fixed term = power;
    term.divide(n);
    sum.add(term, factor);
    power.divide(x * x);
  }
}
/// Bits of 2/pi behind the point, by Machin's formula and long division.
const std::vector<bool> &twoOverPi() {
  static const std::vector<bool> bits = [] {
    Fixed pi, rest;
    addArctan(pi, 5, 16);
    addArctan(pi, 239, -4);
    rest.w[0] = 2;
    std::vector<bool> out;
    for (int k = 0; k < 1201; ++k) {
      rest.add(rest, 1);
      bool bit = rest.atLeast(pi);
      if (bit)
        rest.add(pi, -1);
      out.push_back(bit);
    }
    return out;
  }();
  return bits;
}
f64 trigPreop(f64 v, u32 segment) {
  int exponent = std::isfinite(v) ? std::max(std::ilogb(v) + 1023, 0) : 2047;
  if (v == 0)
    exponent = 0;
  size_t shift = segment % 32 * 53 + std::max(exponent - 1077, 0);
  f64 out = 0;
  for (size_t k = 0; k < 53; ++k)
    if (shift + k < 1201 && twoOverPi()[shift + k])
      out += std::ldexp(1.0, 52 - static_cast<int>(k));
  return std::ldexp(out,
                    (exponent >= 1968 ? 75 : -53) - static_cast<int>(shift));
}

//===----------------------------------------------------------------------===//
// Operands and comparison.
//===----------------------------------------------------------------------===//

template <class T>
T fromBits(u64 v) {
  T out;
  std::memcpy(&out, &v, sizeof(T));
  return out;
}

template <class T>
u64 randomOperand(std::mt19937_64 &random) {
  u64 raw = random();
  if (std::is_same_v<T, f32>) {
    static const u32 specials[] = {
        0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000,
        0x7fc00000, 1,          0x807fffff, 0x7f7fffff, 0x3f000000, 0x4f000000};
    switch (raw >> 61) {
    case 0:
      return specials[raw % 12];
    case 1:
    case 2: {
      f32 v = static_cast<f32>(static_cast<i64>(raw % 200001) - 100000) / 256;
      u32 bits;
      std::memcpy(&bits, &v, 4);
      return bits;
    }
    default:
      return raw & 0xffffffff;
    }
  }
  if (std::is_same_v<T, f64>) {
    static const f64 specials[] = {0.0,      -0.0,      1.0,          -1.0,
                                   INFINITY, -INFINITY, NAN,          5e-324,
                                   1e308,    0.5,       2147483647.0, -3e9};
    f64 v;
    switch (raw >> 61) {
    case 0:
      v = specials[raw % 12];
      break;
    case 1:
    case 2:
      v = static_cast<f64>(static_cast<i64>(raw % 2000001) - 1000000) / 256;
      break;
    default:
      return raw;
    }
    u64 bits;
    std::memcpy(&bits, &v, 8);
    return bits;
  }
  if (sizeof(T) == 4) {
    static const u32 specials[] = {0,          1,      ~0u,    0x80000000,
                                   0x7fffffff, 0x8000, 0x7fff, 0xffff};
    return raw >> 61 == 0   ? specials[raw % 8]
           : raw >> 61 == 1 ? raw % 64
                            : raw & 0xffffffff;
  }
  return raw >> 61 == 0 ? raw % 3 - 1 : raw;
}

template <class T>
bool isNan(T v) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(v);
  return false;
}
/// Halves inside integers: both NaN, or equal.
template <class T>
bool equal(T got, T want, unsigned ulps) {
  if (isNan(got) && isNan(want))
    return true;
  if (std::memcmp(&got, &want, sizeof(T)) == 0)
    return true;
  if constexpr (std::is_same_v<T, u64>) {
    auto nanPair = [&](int k) {
      return single(got, k) == single(want, k) ||
             (std::isnan(single(got, k)) && std::isnan(single(want, k)));
    };
    return nanPair(0) && nanPair(1);
  }
  if constexpr (std::is_same_v<T, u32>) {
    auto sameHalf = [&](int k) {
      u32 g = word(got, k), w = word(want, k);
      return g == w || ((g & 0x7fff) > 0x7c00 && (w & 0x7fff) > 0x7c00);
    };
    return sameHalf(0) && sameHalf(1);
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (ulps == 0 || !std::isfinite(got) || !std::isfinite(want))
      return false;
    // A coarse bound is one on the error of sin and cos, relative to 1.
    if (ulps >= 64)
      return std::fabs(got - want) <= static_cast<T>(ulps) * T(0x1p-30);
    T up = want, down = want;
    for (unsigned k = 0; k < ulps; ++k) {
      up = std::nextafter(up, std::numeric_limits<T>::infinity());
      down = std::nextafter(down, -std::numeric_limits<T>::infinity());
    }
    return got >= down && got <= up;
  }
  return false;
}

template <class R, class A, class B, class C, class F>
void check(TestDevice &device, const char *id, unsigned ulps, F expected) {
  constexpr unsigned count = 2048;
  std::mt19937_64 random(std::hash<std::string>{}(id));
  std::vector<u64> in;
  for (unsigned k = 0; k < count; ++k) {
    in.push_back(randomOperand<A>(random));
    in.push_back(randomOperand<B>(random));
    in.push_back(randomOperand<C>(random));
  }
  u64 input = device.upload(in), output = device.reserve(count * 8);
  device.runClean(std::string("test_") + id, count / 256, 256,
                  Arguments().add(input).add(output));
  std::vector<u64> out = device.download<u64>(output, count);
  unsigned wrong = 0;
  for (unsigned k = 0; k < count && wrong < 3; ++k) {
    A a = fromBits<A>(in[3 * k]);
    B b = fromBits<B>(in[3 * k + 1]);
    C c = fromBits<C>(in[3 * k + 2]);
    R want = expected(a, b, c, k % 64), got = fromBits<R>(out[k]);
    if (!equal(got, want, ulps)) {
      ++wrong;
      ADD_FAILURE() << id << "(" << a << ", " << b << ", " << c << ") [0x"
                    << std::hex << in[3 * k] << ", 0x" << in[3 * k + 1]
                    << ", 0x" << in[3 * k + 2] << std::dec << "]: got " << got
                    << ", expected " << want;
    }
  }
}

class VectorOps : public testing::Test {
protected:
  static TestDevice &device() {
    static TestDevice instance("vector_ops.hsaco");
    return instance;
  }
};

#define T(ID, R, A, B, C, ASM, ...) U(ID, 0, R, A, B, C, ASM, __VA_ARGS__)
#define U(ID, ULPS, R, A, B, C, ASM, ...)                                      \
  TEST_F(VectorOps, ID) {                                                      \
    check<R, A, B, C>(device(), #ID, ULPS, [](A a, B b, C c, u32 lane) -> R {  \
      (void)a, (void)b, (void)c, (void)lane;                                   \
      return static_cast<R>(__VA_ARGS__);                                      \
    });                                                                        \
  }
#include "Inputs/VectorOps.def"

} // namespace
} // namespace emutest
