import CKernels

/// The C kernels for the instruction set of this process; CKernels' headers say what each does.
enum Kernels {
  // Tables of functions that are never written.
  nonisolated(unsafe) static let convolution = gaze_convolution_kernels(InstructionSet.current.code)!
  nonisolated(unsafe) static let channelwise = gaze_channelwise_kernels(InstructionSet.current.code)!
  nonisolated(unsafe) static let invertedResidual = gaze_inverted_residual_kernels(InstructionSet.current.code)!
  nonisolated(unsafe) static let linear = gaze_linear_kernels(InstructionSet.current.code)!
  nonisolated(unsafe) static let rowwise = gaze_rowwise_kernels(InstructionSet.current.code)!
}

extension Window {
  var forKernels: gaze_window {
    gaze_window(
      input_height: inputHeight, input_width: inputWidth, kernel_height: kernelHeight, kernel_width: kernelWidth,
      stride: stride, top: top, left: left, output_height: outputHeight, output_width: outputWidth)
  }
}

extension Activation {
  var forKernels: gaze_activation {
    switch self {
    case .identity: GAZE_IDENTITY
    case .relu: GAZE_RELU
    case .relu6: GAZE_RELU6
    case .hardSigmoid: GAZE_HARD_SIGMOID
    case .hardSwish: GAZE_HARD_SWISH
    case .sigmoid: GAZE_SIGMOID
    case .silu: GAZE_SILU
    case .gelu: GAZE_GELU
    case .geluTanh: GAZE_GELU_TANH
    case .quickGELU: GAZE_QUICK_GELU
    }
  }
}

extension ReLURule {
  var forKernels: gaze_relu_rule {
    switch self {
    case .exact: GAZE_RULE_EXACT
    case .guided: GAZE_RULE_GUIDED
    }
  }
}
