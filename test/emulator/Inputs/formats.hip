//===- formats.hip - Typed and swizzled buffers ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Descriptors come from the host; lane l works on record l.
//
//===----------------------------------------------------------------------===//

#include "emu_hip.h"

LANE uintx4 scalars(const uintx4 *descriptor) {
  uintx4 d;
  for (u32 k = 0; k < 4; ++k)
    d[k] = __builtin_amdgcn_readfirstlane((*descriptor)[k]);
  return d;
}

template <u32 Words>
struct Data {
  typedef u32 type __attribute__((ext_vector_type(Words)));
};
template <>
struct Data<1> { typedef u32 type; };

#define RUN(ID, WORDS, ASM)                                                    \
  KERNEL ID(const uintx4 *descriptor, u32 *data) {                             \
    Data<WORDS>::type r;                                                       \
    uintx4 d = scalars(descriptor);                                            \
    __builtin_memcpy(&r, data + WORDS * threadX(), 4 * WORDS);                 \
    asm volatile(ASM "\n s_waitcnt vmcnt(0)"                                   \
                 : "+v"(r)                                                     \
                 : "v"(threadX()), "s"(d)                                      \
                 : "memory");                                                  \
    __builtin_memcpy(data + WORDS * threadX(), &r, 4 * WORDS);                 \
  }
// The format of the descriptor.
#define BUFFER(SUFFIX, WORDS)                                                  \
  RUN(load_##SUFFIX, WORDS, "buffer_load_format_" #SUFFIX " %0, %1, %2, 0 idxen") \
  RUN(store_##SUFFIX, WORDS, "buffer_store_format_" #SUFFIX " %0, %1, %2, 0 idxen")
#define TYPED(SUFFIX, WORDS)                                                   \
  BUFFER(SUFFIX, WORDS)                                                        \
  FORMAT(SUFFIX, WORDS, norm8, "BUF_DATA_FORMAT_8_8_8_8,BUF_NUM_FORMAT_SNORM")   \
  FORMAT(SUFFIX, WORDS, int16, "BUF_DATA_FORMAT_16_16_16_16,BUF_NUM_FORMAT_SINT") \
  FORMAT(SUFFIX, WORDS, float32, "BUF_DATA_FORMAT_32_32_32_32,BUF_NUM_FORMAT_FLOAT")
#define FORMAT(SUFFIX, WORDS, NAME, TEXT)                                      \
  RUN(tload_##SUFFIX##_##NAME, WORDS,                                          \
      "tbuffer_load_format_" #SUFFIX " %0, %1, %2, 0 format:[" TEXT "] idxen") \
  RUN(tstore_##SUFFIX##_##NAME, WORDS,                                         \
      "tbuffer_store_format_" #SUFFIX " %0, %1, %2, 0 format:[" TEXT "] idxen")
TYPED(x, 1)
TYPED(xy, 2)
TYPED(xyz, 3)
TYPED(xyzw, 4)
TYPED(d16_x, 1)
TYPED(d16_xy, 1)
TYPED(d16_xyz, 2)
TYPED(d16_xyzw, 2)
BUFFER(d16_hi_x, 1)

// Plain accesses through whatever addressing the descriptor asks for: an index
// and an offset of 4.
RUN(index_load, 1, "buffer_load_dword %0, %1, %2, 0 idxen offset:4")
RUN(index_store4, 4, "buffer_store_dwordx4 %0, %1, %2, 0 idxen")
RUN(index_load4, 4, "buffer_load_dwordx4 %0, %1, %2, 0 idxen")
// No index of its own, so only the lane's number counts.
KERNEL lane_load(const uintx4 *descriptor, u32 *data) {
  u32 r;
  uintx4 d = scalars(descriptor);
  asm volatile("buffer_load_dword %0, off, %1, 0 offset:4\n s_waitcnt vmcnt(0)"
               : "=v"(r)
               : "s"(d)
               : "memory");
  data[threadX()] = r;
}
