//===- TinyKernels.hip - gfx942 code object of the tiny bundle ------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TinyKernels.c behind the kernel ABI of GPUs: one pointer per buffer. The
// first lane of a workgroup does what the host does for it.

#define tiny_insert host_tiny_insert
#define tiny_logits host_tiny_logits
#define tiny_draft host_tiny_draft
#define tiny_double host_tiny_double
#define tiny_count host_tiny_count
#pragma clang force_cuda_host_device begin
#include "TinyKernels.c"
#pragma clang force_cuda_host_device end
#undef tiny_insert
#undef tiny_logits
#undef tiny_draft
#undef tiny_double
#undef tiny_count

#define KERNEL                                                                 \
  extern "C" __attribute__((global))                                           \
      __attribute__((amdgpu_flat_work_group_size(64, 64))) void

#define RUN(function, ...)                                                     \
  if (__builtin_amdgcn_workitem_id_x() == 0) {                                 \
    void *buffers[] = {__VA_ARGS__};                                           \
    int64_t group = __builtin_amdgcn_workgroup_id_x();                         \
    function(buffers, group, group + 1);                                       \
  }

#define STEP_PARAMETERS                                                        \
  void *a, void *b, void *c, void *d, void *e, void *f, void *g, void *h,      \
      void *i, void *j, void *k, void *l, void *m, void *n, void *o, void *p,  \
      void *q, void *r, void *s
#define STEP_ARGUMENTS a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s

KERNEL tiny_insert(STEP_PARAMETERS) { RUN(host_tiny_insert, STEP_ARGUMENTS) }
/// Window scales and the values that the next launch reads are one too large.
KERNEL tiny_insert_wrong(STEP_PARAMETERS) {
  RUN(host_tiny_insert, STEP_ARGUMENTS)
  int32_t row = __builtin_amdgcn_workgroup_id_x(), at = ((int32_t *)d)[row];
  if (__builtin_amdgcn_workitem_id_x() == 0 && row < *(int32_t *)a) {
    int32_t slot = ((int32_t *)c)[row];
    int32_t page = ((int32_t *)h)[slot * kWindowColumns +
                                  at / kPage % kWindowColumns];
    ((uint8_t *)k)[(int64_t)page * kPage + at % kPage] += 1;
    ((float *)q)[row] += 1;
  }
}
/// Reads what an earlier step may have left in the arena.
KERNEL tiny_insert_stale(STEP_PARAMETERS) {
  int32_t row = __builtin_amdgcn_workgroup_id_x();
  float left = ((volatile float *)q)[row];
  RUN(host_tiny_insert, STEP_ARGUMENTS)
  if (left == 0.5f)
    ((float *)q)[row] = left;
}
KERNEL tiny_logits(STEP_PARAMETERS) { RUN(host_tiny_logits, STEP_ARGUMENTS) }
KERNEL tiny_draft(void *a, void *b, void *c, void *d, void *e) {
  RUN(host_tiny_draft, a, b, c, d, e)
}
KERNEL tiny_double(void *a, void *b, void *c) {
  RUN(host_tiny_double, a, b, c)
}
KERNEL tiny_count(void *a) { RUN(host_tiny_count, a) }
