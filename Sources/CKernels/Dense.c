#include "Dense.h"

#include <stddef.h>

extern const struct gaze_dense_kernels gaze_dense_generic;
#if defined(__x86_64__)
extern const struct gaze_dense_kernels gaze_dense_avx2, gaze_dense_avx512;
#elif defined(__aarch64__)
extern const struct gaze_dense_kernels gaze_dense_neon;
#endif

const struct gaze_dense_kernels *gaze_dense_kernels(enum gaze_instruction_set set) {
  if (!gaze_supports(set)) return NULL;
  switch (set) {
  case GAZE_GENERIC:
    return &gaze_dense_generic;
#if defined(__x86_64__)
  case GAZE_AVX2:
    return &gaze_dense_avx2;
  case GAZE_AVX512:
    return &gaze_dense_avx512;
#elif defined(__aarch64__)
  case GAZE_NEON:
    return &gaze_dense_neon;
#endif
  default:
    return NULL;
  }
}
