#include "Dense.h"

#include <stddef.h>

struct gaze_convolution gaze_transposed(struct gaze_convolution g) {
  struct gaze_window w = g.window;
  struct gaze_convolution t = g;
  t.window.input_height = w.output_height;
  t.window.input_width = w.output_width;
  t.window.output_height = w.input_height;
  t.window.output_width = w.input_width;
  t.window.top = w.kernel_height - 1 - w.top;
  t.window.left = w.kernel_width - 1 - w.left;
  t.input_channels = g.output_channels;
  t.output_channels = g.input_channels;
  t.input_stride = g.output_channels;
  return t;
}

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
