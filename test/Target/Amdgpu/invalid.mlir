// RUN: dsv4-opt %s --amdgpu-pipeline=target=gfx942 -split-input-file -verify-diagnostics

gpu.module @kernels {
  // expected-error@+1 {{[gpu_abi_c1] parameter #1 is a memref with identity layout of which only the leading dimension is dynamic, or a pointer to global memory, found 'f32'}}
  gpu.func @scalar(%x: memref<64xf32>, %y: f32) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    gpu.return
  }
}

// -----

gpu.module @kernels {
  // expected-error@+1 {{[gpu_abi_c1] parameter #0 is a memref with identity layout of which only the leading dimension is dynamic, or a pointer to global memory, found 'memref<64x?xf32>'}}
  gpu.func @dynamic(%x: memref<64x?xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    gpu.return
  }
}

// -----

gpu.module @kernels {
  gpu.func @private(%x: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    // expected-error@+1 {{[gpu_abi_c2] allocates memory; tiles are in registers or in the kernel's workgroup memory}}
    %a = memref.alloca() : memref<64xf32>
    %t = gpu.thread_id x
    %v = memref.load %x[%t] : memref<64xf32>
    memref.store %v, %a[%t] : memref<64xf32>
    %c0 = arith.constant 0 : index
    %w = memref.load %a[%c0] : memref<64xf32>
    memref.store %w, %x[%t] : memref<64xf32>
    gpu.return
  }
}

// -----

gpu.module @kernels {
  gpu.func @size(%x: memref<?xf32>, %y: memref<1xindex>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{[gpu_abi_c3] asks for a size of 'memref<?xf32>', but buffers are passed without}}
    %n = memref.dim %x, %c0 : memref<?xf32>
    memref.store %n, %y[%c0] : memref<1xindex>
    gpu.return
  }
}

// -----

gpu.module @kernels {
  // expected-error@+1 {{[gpu_abi_c4] has no known_block_size}}
  gpu.func @unknown(%x: memref<64xf32>) kernel {
    gpu.return
  }
}

// -----

gpu.module @kernels {
  // expected-error@+1 {{[gpu_abi_c4] has workgroups of 96 threads; gfx942 expects a multiple of 64 up to 1024}}
  gpu.func @odd(%x: memref<64xf32>) kernel attributes {known_block_size = array<i32: 96, 1, 1>} {
    gpu.return
  }
}

// -----

gpu.module @kernels {
  // expected-error@+1 {{[gpu_abi_c1] parameter #0 is a memref with identity layout of which only the leading dimension is dynamic, or a pointer to global memory, found '!llvm.ptr<3>'}}
  gpu.func @shared(%x: !llvm.ptr<3>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
    gpu.return
  }
}
