// RUN: dsv4-opt %s --pass-pipeline='builtin.module(gpu.module(gpu.func(async-copies{copy-bytes=12})))' --verify-diagnostics

gpu.module @kernels {
  // expected-error @below {{[async_copies_c1] can't be given copies of 12 bytes; expected 4, 8 or 16}}
  gpu.func @async_copies_c1() kernel {
    gpu.return
  }
}
