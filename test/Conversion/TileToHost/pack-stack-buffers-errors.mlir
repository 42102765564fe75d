// RUN: dsv4-opt %s --pack-stack-buffers=max-bytes=300 --verify-diagnostics

func.func @fits(%i: index, %x: f32) {
  %a = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  memref.store %x, %a[%i] : memref<64xf32>
  return
}

// expected-error@+1 {{[pack_stack_buffers_c1] needs 512 bytes of stack, more than the 300}}
func.func @pack_stack_buffers_c1(%i: index, %x: f32) -> f32 {
  %a = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  %b = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  memref.store %x, %a[%i] : memref<64xf32>
  memref.store %x, %b[%i] : memref<64xf32>
  %y = memref.load %a[%i] : memref<64xf32>
  return %y : f32
}
