#pragma once

/// A pointwise function that a kernel applies to its result before storing it.
///
/// A NaN argument gives NaN under each of them, so that a spoiled pixel shows in the network's answer.
enum gaze_activation {
  /// z
  GAZE_IDENTITY = 0,
  /// max(z, 0)
  GAZE_RELU = 1,
  /// min(max(z, 0), 6)
  GAZE_RELU6 = 2,
  /// 1 / (1 + e^-z)
  GAZE_SIGMOID = 3,
  /// z / (1 + e^-z)
  GAZE_SILU = 4,
  /// z Phi(z), Phi the normal distribution's
  GAZE_GELU = 5,
  /// z / (1 + e^-2u) with u = sqrt(2 / pi) (z + 0.044715 z^3)
  GAZE_GELU_TANH = 6,
  /// z / (1 + e^-1.702z)
  GAZE_QUICK_GELU = 7,
  /// min(max(z + 3, 0), 6) / 6
  GAZE_HARD_SIGMOID = 8,
  /// z min(max(z + 3, 0), 6) / 6
  GAZE_HARD_SWISH = 9,
};

/// How ReLU and ReLU6 pass cotangents back; smooth activations follow their derivative under every rule.
enum gaze_relu_rule {
  /// The derivative; 0 at the kinks.
  GAZE_RULE_EXACT = 0,
  /// The derivative where the cotangent is positive, else 0: Springenberg et al., arXiv 1412.6806.
  GAZE_RULE_GUIDED = 1,
};
