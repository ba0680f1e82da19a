#include "Dense.h"

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
