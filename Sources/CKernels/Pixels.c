#include "Pixels.h"

extern const struct gaze_pixel_kernels gaze_pixel_kernels_generic, gaze_pixel_kernels_avx2, gaze_pixel_kernels_avx512,
  gaze_pixel_kernels_neon;

const struct gaze_pixel_kernels *gaze_pixel_kernels(enum gaze_instruction_set set) {
  switch (set) {
  case GAZE_GENERIC:
    return &gaze_pixel_kernels_generic;
#if defined(__x86_64__)
  case GAZE_AVX2:
    return &gaze_pixel_kernels_avx2;
  case GAZE_AVX512:
    return &gaze_pixel_kernels_avx512;
#elif defined(__aarch64__)
  case GAZE_NEON:
    return &gaze_pixel_kernels_neon;
#endif
  default:
    return NULL;
  }
}
