//===- Simd.h - Namespace and target of one host SIMD level -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// SIMD_BEGIN opens a namespace whose functions are compiled for the level in
// DSV4EMU_SIMD_ARCH. Standard headers stay outside, so that no inline function
// of theirs is emitted for a CPU that may not be there.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_EXEC_SIMD_H
#define DSV4EMU_LIB_EXEC_SIMD_H

// clang-format off
#ifdef DSV4EMU_SIMD_ARCH
#define SIMD_BEGIN                                                             \
  _Pragma("clang attribute push(__attribute__((target(DSV4EMU_SIMD_ARCH))), apply_to = function)") \
  namespace dsv4emu { namespace DSV4EMU_SIMD {
#define SIMD_END                                                               \
  }}                                                                           \
  _Pragma("clang attribute pop")
#else
#define SIMD_BEGIN namespace dsv4emu { namespace DSV4EMU_SIMD {
#define SIMD_END }}
#endif
// clang-format on

#endif // DSV4EMU_LIB_EXEC_SIMD_H
