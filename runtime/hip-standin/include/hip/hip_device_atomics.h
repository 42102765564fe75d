//===- hip_device_atomics.h - Atomic functions ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each is relaxed and visible to the whole device, as HIP documents; those that
// end in _block and _system have the scope that they say.
//
//===----------------------------------------------------------------------===//

#ifndef HIP_DEVICE_ATOMICS_H
#define HIP_DEVICE_ATOMICS_H

#define HIP_ATOMIC_SCOPES(define, ...)                                         \
  define(, __HIP_MEMORY_SCOPE_AGENT, __VA_ARGS__)                              \
      define(_block, __HIP_MEMORY_SCOPE_WORKGROUP, __VA_ARGS__)                \
          define(_system, __HIP_MEMORY_SCOPE_SYSTEM, __VA_ARGS__)

#define HIP_ATOMIC_DEFINE(suffix, scope, name, builtin, type)                  \
  static __device__ inline type name##suffix(type *address, type value) {      \
    return builtin(address, value, __ATOMIC_RELAXED, scope);                   \
  }
#define HIP_ATOMIC(name, builtin, type)                                        \
  HIP_ATOMIC_SCOPES(HIP_ATOMIC_DEFINE, name, builtin, type)
#define HIP_ATOMIC_INTEGER(name, builtin)                                      \
  HIP_ATOMIC(name, builtin, int)                                               \
  HIP_ATOMIC(name, builtin, unsigned int)                                      \
  HIP_ATOMIC(name, builtin, unsigned long long)

HIP_ATOMIC_INTEGER(atomicAdd, __hip_atomic_fetch_add)
HIP_ATOMIC(atomicAdd, __hip_atomic_fetch_add, float)
HIP_ATOMIC(atomicAdd, __hip_atomic_fetch_add, double)
HIP_ATOMIC_INTEGER(atomicExch, __hip_atomic_exchange)
HIP_ATOMIC(atomicExch, __hip_atomic_exchange, float)
HIP_ATOMIC_INTEGER(atomicMin, __hip_atomic_fetch_min)
HIP_ATOMIC_INTEGER(atomicMax, __hip_atomic_fetch_max)
HIP_ATOMIC_INTEGER(atomicAnd, __hip_atomic_fetch_and)
HIP_ATOMIC_INTEGER(atomicOr, __hip_atomic_fetch_or)
HIP_ATOMIC_INTEGER(atomicXor, __hip_atomic_fetch_xor)

#define HIP_ATOMIC_SUB(suffix, scope, type)                                    \
  static __device__ inline type atomicSub##suffix(type *address, type value) { \
    return __hip_atomic_fetch_add(address, static_cast<type>(-value),          \
                                  __ATOMIC_RELAXED, scope);                    \
  }
HIP_ATOMIC_SCOPES(HIP_ATOMIC_SUB, int)
HIP_ATOMIC_SCOPES(HIP_ATOMIC_SUB, unsigned int)

#define HIP_ATOMIC_CAS(suffix, scope, type)                                    \
  static __device__ inline type atomicCAS##suffix(type *address, type compare, \
                                                  type value) {                \
    __hip_atomic_compare_exchange_strong(                                      \
        address, &compare, value, __ATOMIC_RELAXED, __ATOMIC_RELAXED, scope);  \
    return compare;                                                            \
  }
HIP_ATOMIC_SCOPES(HIP_ATOMIC_CAS, int)
HIP_ATOMIC_SCOPES(HIP_ATOMIC_CAS, unsigned int)
HIP_ATOMIC_SCOPES(HIP_ATOMIC_CAS, unsigned long long)

#undef HIP_ATOMIC_CAS
#undef HIP_ATOMIC_SUB
#undef HIP_ATOMIC_INTEGER
#undef HIP_ATOMIC
#undef HIP_ATOMIC_DEFINE
#undef HIP_ATOMIC_SCOPES

#endif // HIP_DEVICE_ATOMICS_H
