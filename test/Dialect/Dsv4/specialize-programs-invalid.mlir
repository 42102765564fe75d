// RUN: dsv4-opt %s --dsv4-specialize-programs --verify-diagnostics
// RUN: dsv4-opt %s --dsv4-specialize-programs=buckets=0,16 --verify-diagnostics
// RUN: dsv4-opt %s --dsv4-specialize-programs=buckets=16,1 --verify-diagnostics
// RUN: dsv4-opt %s --dsv4-specialize-programs=buckets=1,16,16 --verify-diagnostics

// expected-error @+1 {{[specialize_programs_c1] 'buckets' must be increasing positive numbers of tokens}}
module @specialize_programs_c1 {
}
