/// The inverted residual block of MobileNetV2 (Sandler et al., arXiv 1801.04381) and EfficientNet in one pass over
/// strips of rows, so that the expanded tensor, the widest of the network, never leaves the L2 cache.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "Activation.h"
#include "Channelwise.h"
#include "InstructionSet.h"
#include "Window.h"

/// y = project(a(depthwise(a(expand(x))))) [+ x], or the part of it up to the depthwise convolution.
struct gaze_inverted_residual {
  /// Of the depthwise convolution over the block's input.
  struct gaze_window window;
  ptrdiff_t input_channels;
  ptrdiff_t expanded_channels;
  ptrdiff_t output_channels;
  /// After the expansion and after the depthwise convolution. The projection is linear.
  enum gaze_activation activation;
  /// 1 x 1 filter, input x expanded channels, packed as `Convolution.h` says; NULL if there is no expansion: then the
  /// depthwise convolution reads x, whose channels are as many.
  const float *expand_filter;
  /// `expanded_channels` elements, or NULL.
  const float *expand_bias;
  /// kernel height x kernel width x expanded channels.
  const float *depthwise_filter;
  /// `expanded_channels` elements, or NULL.
  const float *depthwise_bias;
  /// 1 x 1 filter, expanded x output channels, packed as `Convolution.h` says.
  const float *project_filter;
  /// `output_channels` elements, or NULL.
  const float *project_bias;
  /// Whether x is added to the result, which then has its shape.
  bool adds_input;
};

/// The block for one instruction set. The rules of `gaze_channelwise_kernels` hold: rows of the output counted over the
/// batch, any cut gives the same bits, and they are the bits of the three convolutions one after the other.
struct gaze_inverted_residual_kernels {
  /// Floats of scratch memory that a call needs, 64-byte aligned; one such for each thread.
  ptrdiff_t (*scratch_count)(const struct gaze_inverted_residual *block);

  /// Whether the block, or its part up to the depthwise convolution, is faster in one pass than in three, when the rows
  /// of an image are cut into `cuts` ranges: at each cut kernel - stride rows of the expansion are computed twice.
  bool (*is_worthwhile)(const struct gaze_inverted_residual *block, ptrdiff_t cuts);

  /// y: batch x output height x output width x output channels, its rows first <= row < last.
  void (*run)(
      const struct gaze_inverted_residual *block, const float *x, ptrdiff_t first, ptrdiff_t last, float *scratch,
      float *y);

  /// The part before squeeze-and-excitation: y = a(depthwise(a(expand(x)))), batch x output height x output width x
  /// expanded channels, its rows first <= row < last. The projection is not looked at.
  ///
  /// - Parameters:
  ///   - row_sums: as in `gaze_channelwise_kernels.depthwise`, or NULL.
  void (*run_to_depthwise)(
      const struct gaze_inverted_residual *block, const float *x, ptrdiff_t first, ptrdiff_t last, float *scratch,
      float *y, float *row_sums);

  /// The part after squeeze-and-excitation: y = project(z gate) [+ x], for the rows first <= row < last.
  ///
  /// - Parameters:
  ///   - z: the result of `run_to_depthwise`.
  ///   - gate: batch x expanded channels.
  ///   - x: the block's input, looked at if `adds_input`.
  void (*run_gated_projection)(
      const struct gaze_inverted_residual *block, const float *z, const float *gate, const float *x, ptrdiff_t first,
      ptrdiff_t last, float *scratch, float *y);
};

/// The block for `set`, or NULL where this build or this processor has none.
const struct gaze_inverted_residual_kernels *gaze_inverted_residual_kernels(enum gaze_instruction_set set);
