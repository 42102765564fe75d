//===- Prelude.cpp - What every emitted file begins with ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Prelude.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dsv4c;
using namespace dsv4c::hip;

/// {0}: target, {1}: FP8 dialect, {2}: bias of e4m3, {3}: NaN codes.
static constexpr llvm::StringLiteral kStamp =
    R"(// Kernels of dsv4c for {0}. FP8 dialect: {1} (e4m3 of bias {2}, NaN is {3}).
//
// Includes nothing. To compile it, as HIP or as C++:
//   clang++ -x hip --offload-arch={0} --cuda-device-only --no-gpu-bundle-output -nogpuinc -nogpulib -O3
//   clang++ -x c++ --target=amdgcn-amd-amdhsa -mcpu={0} -nogpulib -O3
// or hipRTC with --offload-arch={0}. Kernels have C linkage, the names in their
// __asm__ labels and one pointer to global memory, aligned to 256 bytes, per
// parameter.

#if !defined(__{0}__)
#error "these kernels are for {0} and its FP8 dialect, {1}; compile them for {0}"
#elif defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "these kernels have exact results; compile them without fast math"
#else

#pragma clang fp contract(off)

)";

static constexpr llvm::StringLiteral kKeywords =
    R"(#if defined(__HIP__)
#ifndef __global__
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#endif
#define SHARED static __shared__
#else
#define __global__ __attribute__((amdgpu_kernel))
#define __device__
#define SHARED static __attribute__((address_space(3), loader_uninitialized))
#endif
#define GLOBAL __attribute__((address_space(1)))
#define LOCAL __attribute__((address_space(3)))
#define THREADS(n) __attribute__((amdgpu_flat_work_group_size(n, n)))
#define HELPER static inline __attribute__((always_inline, unused)) __device__

)";

static constexpr llvm::StringLiteral kScalars =
    R"(// Integers are unsigned, since they wrap; (i32) and the like mark what reads a
// sign. FP8, FP4 and bf16 values are their bits.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef _Float16 f16;
typedef __bf16 bfloat;
typedef float f32;
typedef double f64;

)";

namespace {
struct Definition {
  Helper helper;
  std::set<Helper> calls;
  llvm::StringLiteral text;
};
} // namespace

/// In the order of the file.
static const Definition kDefinitions[] = {
    {Helper::Load,
     {},
     R"(// A T at an address that is a multiple of `Alignment`.
template <typename T, unsigned Alignment>
HELPER T load(const GLOBAL void *address) {
  typedef T __attribute__((aligned(Alignment), may_alias)) Memory;
  return *(const GLOBAL Memory *)address;
}
template <typename T, unsigned Alignment>
HELPER T load(const LOCAL void *address) {
  typedef T __attribute__((aligned(Alignment), may_alias)) Memory;
  return *(const LOCAL Memory *)address;
}

)"},
    {Helper::LoadNontemporal,
     {},
     R"(// The same for what is read once.
template <typename T, unsigned Alignment>
HELPER T load_nontemporal(const GLOBAL void *address) {
  typedef T __attribute__((aligned(Alignment), may_alias)) Memory;
  return __builtin_nontemporal_load((const GLOBAL Memory *)address);
}

)"},
    {Helper::Store,
     {},
     R"(template <typename T, unsigned Alignment>
HELPER void store(GLOBAL void *address, T value) {
  typedef T __attribute__((aligned(Alignment), may_alias)) Memory;
  *(GLOBAL Memory *)address = value;
}
template <typename T, unsigned Alignment>
HELPER void store(LOCAL void *address, T value) {
  typedef T __attribute__((aligned(Alignment), may_alias)) Memory;
  *(LOCAL Memory *)address = value;
}

)"},
    {Helper::StoreNontemporal,
     {},
     R"(template <typename T, unsigned Alignment>
HELPER void store_nontemporal(GLOBAL void *address, T value) {
  typedef T __attribute__((aligned(Alignment), may_alias)) Memory;
  __builtin_nontemporal_store(value, (GLOBAL Memory *)address);
}

)"},
    {Helper::Select,
     {},
     R"(// condition ? a : b, element by element.
template <typename Mask, typename T>
HELPER T select(Mask condition, T a, T b) {
  T result;
#pragma unroll
  for (u32 i = 0; i < __builtin_vectorelements(T); ++i)
    result[i] = condition[i] ? a[i] : b[i];
  return result;
}

)"},
    {Helper::LaneId,
     {},
     R"(HELPER u32 lane_id() {
  return __builtin_amdgcn_mbcnt_hi(~0u, __builtin_amdgcn_mbcnt_lo(~0u, 0u));
}

)"},
    {Helper::Shuffle,
     {Helper::LaneId},
     R"(// The value of another lane: of `lane` if it is in this lane's group of `width`,
// else this lane's own.
HELPER u32 shuffle(u32 value, u32 lane, u32 width) {
  u32 own = lane_id();
  bool inside = (i32)lane < (i32)((own + width) & ~(width - 1u));
  return __builtin_amdgcn_ds_bpermute((inside ? lane : own) << 2, value);
}
HELPER f32 shuffle(f32 value, u32 lane, u32 width) {
  return __builtin_bit_cast(
      f32, shuffle(__builtin_bit_cast(u32, value), lane, width));
}

)"},
    {Helper::LdsBarrier,
     {},
     R"(// All threads are here, and what they wrote to LDS is visible. Accesses of
// global memory may still be on their way where clang can say so.
HELPER void lds_barrier() {
#if __clang_major__ >= 19
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup", "local");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup", "local");
#else
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
#endif
}

)"},
    {Helper::WorkgroupBarrier,
     {},
     R"(// All threads are here, and what they wrote is visible.
HELPER void workgroup_barrier() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

)"},
};

std::string dsv4c::hip::preludeBegin(const tile::TargetFacts &target) {
  bool isFnuz = target.format == fp8::FloatDialect::Fnuz;
  llvm::StringRef format = fp8::stringifyFloatDialect(target.format);
  std::string text =
      llvm::formatv(kStamp.data(), target.name, format, isFnuz ? 8 : 7,
                    isFnuz ? "0x80" : "0x7F and 0xFF")
          .str();
  text += kKeywords;
  text += "namespace dsv4 {\n\n";
  text += llvm::formatv(
              "[[maybe_unused]] constexpr char kTarget[] = \"{0}\";\n"
              "[[maybe_unused]] constexpr char kFp8Dialect[] = \"{1}\";\n\n",
              target.name, format)
              .str();
  text += kScalars;
  return text;
}

std::string dsv4c::hip::preludeHelpers(const std::set<Helper> &used) {
  std::set<Helper> wanted = used;
  // What is called comes earlier in the table.
  for (const Definition &definition : llvm::reverse(kDefinitions))
    if (wanted.count(definition.helper))
      wanted.insert(definition.calls.begin(), definition.calls.end());
  std::string text;
  for (const Definition &definition : kDefinitions)
    if (wanted.count(definition.helper))
      text += definition.text;
  return text;
}

std::string dsv4c::hip::preludeEnd() {
  return "} // namespace dsv4\n\n#endif\n";
}
