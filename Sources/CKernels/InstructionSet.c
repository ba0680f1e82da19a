#include "InstructionSet.h"

bool gaze_supports(enum gaze_instruction_set set) {
  switch (set) {
  case GAZE_GENERIC: return true;
#if defined(__x86_64__)
  // Asks the processor, and the operating system whether it saves the wide registers.
  case GAZE_AVX2: __builtin_cpu_init(); return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case GAZE_AVX512:
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
#elif defined(__aarch64__)
  case GAZE_NEON: return true;
#endif
  default: return false;
  }
}
