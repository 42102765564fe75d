// RUN: dsv4-test-opt %s --fp8-legalize=target-format=fnuz | FileCheck %s
// RUN: dsv4-test-opt %s --fp8-legalize=target-format=fnuz --fp8-verify-target=target-format=fnuz -o %t.fnuz
// RUN: dsv4-test-opt %t.fnuz --fp8-legalize=target-format=ocp --canonicalize | FileCheck %s --check-prefix=BACK
// RUN: dsv4-test-opt %s --fp8-legalize=target-format=ocp | FileCheck %s --check-prefix=OCP
// RUN: dsv4-test-opt %t.fnuz --fp8-legalize=target-format=fnuz | diff - %t.fnuz

!act = !fp8.scaled<?x128, e4m3 ocp bias 7, e8m0 1x128, shift 0, largest 448, row_major>
!weight = !fp8.scaled<256x128, e4m3 ocp bias 7, e8m0 128x128, shift 0, largest 448, row_major>
!expert = !fp8.scaled<256x128, e2m1 bias 1, e8m0 1x32, shift 0, largest 6, row_major>
!cache = !fp8.scaled<?x448, e4m3 ocp bias 7, e8m0 1x64, shift 0, largest 448, row_major>

// CHECK-LABEL: func @step
// CHECK-SAME: (%{{.*}}: tensor<?x128xbf16>, %[[CACHE:.*]]: !fp8.scaled<?x448, e4m3 fnuz bias 8, e8m0 1x64, shift 0, largest 224, row_major>)
// OCP-LABEL: func @step
// OCP-NOT: fp8.recast
// BACK-LABEL: func @step
// BACK-NOT: fp8.recast
// BACK-NOT: fnuz
func.func @step(%x: tensor<?x128xbf16>, %cache: !cache) -> (tensor<?x256xbf16>, tensor<?x256xbf16>, !cache) {
  // CHECK: %[[W:.*]]:3 = "test_fp8.weight"() : () -> (!fp8.scaled<256x128, e4m3 ocp bias 7{{.*}}>, !fp8.scaled<256x128, e4m3 ocp bias 7{{.*}}>, !fp8.scaled<256x128, e2m1 bias 1{{.*}}>)
  // CHECK-DAG: %[[A:.*]] = fp8.recast %[[W]]#0 : {{.*}} to !fp8.scaled<256x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
  // CHECK-DAG: %[[B:.*]] = fp8.recast %[[W]]#1
  %w:3 = "test_fp8.weight"() : () -> (!weight, !weight, !expert)
  // CHECK: %[[Q:.*]] = fp8.quantize %{{.*}} to !fp8.scaled<?x128, e4m3 fnuz bias 8, e8m0 1x128, shift 0, largest 224, row_major>
  %q = fp8.quantize %x : tensor<?x128xbf16> to !act
  // CHECK: fp8.scaled_matmul %[[Q]], %[[A]]
  %0 = fp8.scaled_matmul %q, %w#0 : !act, !weight -> tensor<?x256xbf16>
  // CHECK: fp8.scaled_matmul %[[Q]], %[[W]]#2
  %1 = fp8.scaled_matmul %q, %w#2 : !act, !expert -> tensor<?x256xbf16>
  // Types nested in attributes move, too.
  // CHECK: "test_fp8.slot"() {type = [!fp8.scaled<?x448, e4m3 fnuz bias 8
  "test_fp8.slot"() {type = [!cache]} : () -> ()
  "test_fp8.use"(%w#1) : (!weight) -> ()
  return %0, %1, %cache : tensor<?x256xbf16>, tensor<?x256xbf16>, !cache
}

// A recast that the author wrote keeps its meaning; one that became an identity
// disappears.
// CHECK-LABEL: func @explicit_recasts
// CHECK: %[[W:.*]] = "test_fp8.weight"
// CHECK-NEXT: %[[Z:.*]] = fp8.recast %[[W]]
// CHECK-NEXT: "test_fp8.use"(%[[Z]])
// CHECK-NEXT: return
func.func @explicit_recasts() {
  %w = "test_fp8.weight"() : () -> !weight
  %z = fp8.recast %w : !weight to !fp8.scaled<256x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>
  "test_fp8.use"(%z) : (!fp8.scaled<256x128, e4m3 fnuz bias 8, e8m0 128x128, shift 0, largest 224, row_major>) -> ()
  return
}
