// RUN: dsv4-opt %s | dsv4-opt | FileCheck %s

// CHECK: func private @checkpoint(!fp8.scaled<1024x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>)
func.func private @checkpoint(!fp8.scaled<1024x4096, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>)
// CHECK: func private @packed(!fp8.scaled<1024x4096, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>)
func.func private @packed(!fp8.scaled<1024x4096, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, panel 16>)
// CHECK: func private @window(!fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 1, largest 224, row_major>)
func.func private @window(!fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 1, largest 224, row_major>)
// CHECK: func private @experts(!fp8.scaled<256x2048x4096, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>)
func.func private @experts(!fp8.scaled<256x2048x4096, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, panel 16>)
// CHECK: func private @fp4_keys(!fp8.scaled<?x512, e2m1 bias 1, e4m3 ocp 1x16, shift 0, largest 6, row_major>)
func.func private @fp4_keys(!fp8.scaled<?x512, e2m1 bias 1, e4m3 ocp 1x16, shift 0, largest 6, row_major>)
// CHECK: func private @single_scale(!fp8.scaled<?x512, e5m2 fnuz bias 16, f32 512, shift -1, largest 28672, row_major>)
func.func private @single_scale(!fp8.scaled<?x512, e5m2 fnuz bias 16, f32 512, shift -1, largest 28672, row_major>)
// A partial last block is legal in the order of the checkpoint.
// CHECK: func private @partial(!fp8.scaled<200x300, e5m2 ocp bias 15, f32 128x128, shift 0, largest 57344, row_major>)
func.func private @partial(!fp8.scaled<200x300, e5m2 ocp bias 15, f32 128x128, shift 0, largest 57344, row_major>)

// CHECK: func private @attributes() attributes {formats = [#fp8.format<e4m3 ocp>, #fp8.format<e4m3 fnuz>, #fp8.format<e2m1>, #fp8.format<e8m0>], layouts = [#fp8.layout<row_major>, #fp8.layout<panel 16>, #fp8.layout<panel 48 fragment 4>]}
func.func private @attributes() attributes {
  formats = [#fp8.format<e4m3 ocp>, #fp8.format<e4m3 fnuz>, #fp8.format<e2m1>, #fp8.format<e8m0>],
  layouts = [#fp8.layout<row_major>, #fp8.layout<panel 16 fragment 0>, #fp8.layout<panel 48 fragment 4>]}
// CHECK: func private @encoding(tensor<32x16xi8, #fp8.layout<panel 16>>)
func.func private @encoding(tensor<32x16xi8, #fp8.layout<panel 16>>)
// CHECK: func private @fragments(tensor<32x16xf32, #fp8.layout<panel 16 fragment 4>>, !fp8.scaled<64x128, e4m3 fnuz bias 8, e8m0 64x128, shift 0, largest 224, panel 64 fragment 8>)
func.func private @fragments(tensor<32x16xf32, #fp8.layout<panel 16 fragment 4>>, !fp8.scaled<64x128, e4m3 fnuz bias 8, e8m0 64x128, shift 0, largest 224, panel 64 fragment 8>)
