; A kernel that requires workgroups of 128 x 2, though more would run: every
; work-item adds one to out[workgroup].
target triple = "amdgcn-amd-amdhsa"

define amdgpu_kernel void @required(ptr addrspace(1) %out) #0 !reqd_work_group_size !0 {
  %group = call i32 @llvm.amdgcn.workgroup.id.x()
  %index = zext i32 %group to i64
  %place = getelementptr i32, ptr addrspace(1) %out, i64 %index
  %old = atomicrmw add ptr addrspace(1) %place, i32 1 syncscope("agent") monotonic
  ret void
}
declare i32 @llvm.amdgcn.workgroup.id.x()
attributes #0 = { "amdgpu-flat-work-group-size"="256,256" "uniform-work-group-size"="true" }
!0 = !{i32 128, i32 2, i32 1}
