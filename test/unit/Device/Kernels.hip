//===- Kernels.hip - Kernels that a device must refuse or report ----------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#define KERNEL                                                                 \
  extern "C" __attribute__((global))                                           \
      __attribute__((amdgpu_flat_work_group_size(64, 64))) void

/// An argument that is no buffer.
KERNEL scale(int *values, int factor) {
  values[__builtin_amdgcn_workgroup_id_x()] *= factor;
}

/// out[workgroup] = in[workgroup]
KERNEL copy(const int *in, int *out) {
  if (__builtin_amdgcn_workitem_id_x() == 0)
    out[__builtin_amdgcn_workgroup_id_x()] =
        in[__builtin_amdgcn_workgroup_id_x()];
}
