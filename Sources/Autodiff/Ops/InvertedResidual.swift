import CKernels

/// The weights of an inverted residual block.
package struct FrozenInvertedResidual: Sendable {
  /// 1x1, or nil where the expansion is 1.
  package let expand: FrozenConvolution?
  /// [kernel, kernel, expanded channels]
  package let depthwiseFilter: Tensor
  /// [expanded channels]
  package let depthwiseBias: Tensor
  package let stride: Int
  package let padding: Padding
  /// After the expansion and after the depthwise convolution.
  package let activation: Activation
  /// 1x1, linear.
  package let project: FrozenConvolution
  /// Whether the block's input is added to its result.
  package let hasSkip: Bool

  package init(
    expand: FrozenConvolution?, depthwiseFilter: Tensor, depthwiseBias: Tensor, stride: Int, padding: Padding,
    activation: Activation, project: FrozenConvolution, hasSkip: Bool
  ) {
    func isPointwise(_ layer: FrozenConvolution) -> Bool {
      layer.filter.shape[0] == 1 && layer.filter.shape[1] == 1 && layer.stride == 1 && layer.padding == .valid
    }
    precondition(
      expand.map { isPointwise($0) && $0.activation == activation } ?? true,
      "FrozenInvertedResidual: the expansion must be a 1x1 convolution with the depthwise convolution's activation")
    precondition(
      isPointwise(project) && project.activation == .identity,
      "FrozenInvertedResidual: the projection must be a linear 1x1 convolution")
    self.expand = expand
    self.depthwiseFilter = depthwiseFilter
    self.depthwiseBias = depthwiseBias
    self.stride = stride
    self.padding = padding
    self.activation = activation
    self.project = project
    self.hasSkip = hasSkip
  }
}

/// y = project(g(d) d) [+ x] with d = a(depthwise(a(expand(x)))): Sandler et al., "MobileNetV2", arXiv 1801.04381,
/// section 3.3; with a gate g the MBConv of Tan et al., "MnasNet", arXiv 1807.11626. While nothing is tracked, the
/// expanded tensor, the widest of the network, is made in strips of rows that stay in the cache.
///
/// - x: [N, H, W, C]; result: [N, H', W', O].
/// - Parameter gate: from the means of d over space, [N, expanded channels], to factors for its channels: squeeze and
///   excitation.
/// - VJP and what is kept: those of `convolution`, `depthwiseConvolution`, `globalAveragePool` and `scaleChannels`.
package func invertedResidual(
  _ x: Variable, _ block: FrozenInvertedResidual, gate: ((Variable) -> Variable)? = nil
) -> Variable {
  precondition(x.shape.rank == 4, "invertedResidual: x must be NHWC, got \(x.shape)")
  if !x.isTracked, let y = fused(x, block, gate) { return y }
  var wide = depthwiseConvolution(
    block.expand.map { convolution(x, $0) } ?? x, filter: .constant(block.depthwiseFilter),
    bias: .constant(block.depthwiseBias), stride: block.stride, padding: block.padding, activation: block.activation)
  if let gate { wide = scaleChannels(wide, by: gate(globalAveragePool(wide))) }
  return convolution(wide, block.project, adding: block.hasSkip ? x : nil)
}

/// The block in one pass over strips of rows; nil where its convolutions one after the other are as fast.
private func fused(_ x: Variable, _ block: FrozenInvertedResidual, _ gate: ((Variable) -> Variable)?) -> Variable? {
  guard let tape = x.tape else { preconditionFailure("invertedResidual: x is not on a tape") }
  let (engine, shape) = (tape.engine, x.shape)
  let filter = block.depthwiseFilter.shape
  let window = Window(
    "invertedResidual", inputHeight: shape[1], inputWidth: shape[2], kernelHeight: filter[0], kernelWidth: filter[1],
    stride: block.stride, padding: block.padding)
  let wide = ChannelwiseWindow(batch: shape[0], window: window, channels: filter[2])
  let outputShape: Shape = [shape[0], window.outputHeight, window.outputWidth, block.project.outputs]
  precondition(
    shape[3] == (block.expand?.filter.shape[2] ?? filter[2]) && (!block.hasSkip || outputShape == shape),
    "invertedResidual: the block does not fit x \(shape)")

  return withKernelBlock(block, window: window, inputChannels: shape[3]) { kernelBlock -> Variable? in
    let kernels = Kernels.invertedResidual.pointee
    var g = kernelBlock
    guard kernels.is_worthwhile(&g, engine.threads) else { return nil }
    let rows = shape[0] * window.outputHeight
    let scratchCount = kernels.scratch_count(&g)

    /// Calls `run` for ranges of rows, one a thread: at each cut some rows of the expansion are computed twice.
    func forStrips(
      _ run:
        (
          _ block: inout gaze_inverted_residual, _ rows: Range<Int>, _ scratch: UnsafeMutablePointer<Float>
        ) -> Void
    ) {
      let strips = cutIntoRuns(rows, tiles: engine.threads)
      engine.forEach(strips.count) { index in
        var g = kernelBlock
        withScratch(scratchCount, from: engine.pool) { run(&g, strips[index], $0) }
      }
    }

    guard let gate else {
      return tape.constant(
        Tensor(outputShape, in: engine.pool) { y in
          let y = y.baseAddress!
          x.value.withElements { x in
            let x = x.baseAddress!
            forStrips { kernels.run(&$0, x, $1.lowerBound, $1.upperBound, $2, y) }
          }
        })
    }

    var means: Tensor?
    let inner = Tensor(wide.outputShape, in: engine.pool) { z in
      let z = z.baseAddress!
      withScratch(rows * wide.channels, from: engine.pool) { rowSums in
        x.value.withElements { x in
          let x = x.baseAddress!
          forStrips { kernels.run_to_depthwise(&$0, x, $1.lowerBound, $1.upperBound, $2, z, rowSums) }
        }
        means = Tensor([shape[0], wide.channels], in: engine.pool) { means in
          meanKernel(
            ofRowSums: rowSums, rows: window.outputHeight, pixels: window.outputPixels, channels: wide.channels,
            into: means)
        }
      }
    }
    let factors = gate(tape.constant(means!)).value
    return tape.constant(
      Tensor(outputShape, in: engine.pool) { y in
        let y = y.baseAddress!
        x.value.withElements { x in
          withElements(inner, factors) { z, factors in
            let (x, z, factors) = (x.baseAddress!, z.baseAddress!, factors.baseAddress!)
            forStrips { kernels.run_gated_projection(&$0, z, factors, x, $1.lowerBound, $1.upperBound, $2, y) }
          }
        }
      })
  }
}

/// Lends the block's weights as the kernels want them.
private func withKernelBlock<Result>(
  _ block: FrozenInvertedResidual, window: Window, inputChannels: Int, _ body: (gaze_inverted_residual) -> Result
) -> Result {
  func withPacked<R>(_ layer: FrozenConvolution?, _ body: (UnsafePointer<Float>?) -> R) -> R {
    guard let layer else { return body(nil) }
    return layer.filter.packed.withElements { body($0) }
  }
  return withPacked(block.expand) { expand in
    withPacked(block.project) { project in
      withElements(block.depthwiseFilter, block.depthwiseBias) { filter, bias in
        withElements(block.expand?.bias) { expandBias in
          withElements(block.project.bias) { projectBias in
            body(
              gaze_inverted_residual(
                window: window.forKernels, input_channels: inputChannels,
                expanded_channels: block.depthwiseFilter.shape[2], output_channels: block.project.outputs,
                activation: block.activation.forKernels, expand_filter: expand, expand_bias: expandBias?.baseAddress,
                depthwise_filter: filter.baseAddress, depthwise_bias: bias.baseAddress, project_filter: project,
                project_bias: projectBias?.baseAddress, adds_input: block.hasSkip))
          }
        }
      }
    }
  }
}
