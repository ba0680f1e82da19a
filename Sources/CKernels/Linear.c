#include "Linear.h"

#include <stddef.h>

extern const struct gaze_linear_kernels gaze_linear_generic;
#if defined(__x86_64__)
extern const struct gaze_linear_kernels gaze_linear_avx2, gaze_linear_avx512;
#elif defined(__aarch64__)
extern const struct gaze_linear_kernels gaze_linear_neon;
#endif

const struct gaze_linear_kernels *gaze_linear_kernels(enum gaze_instruction_set set) {
  if (!gaze_supports(set)) return NULL;
  switch (set) {
  case GAZE_GENERIC:
    return &gaze_linear_generic;
#if defined(__x86_64__)
  case GAZE_AVX2:
    return &gaze_linear_avx2;
  case GAZE_AVX512:
    return &gaze_linear_avx512;
#elif defined(__aarch64__)
  case GAZE_NEON:
    return &gaze_linear_neon;
#endif
  default:
    return NULL;
  }
}
