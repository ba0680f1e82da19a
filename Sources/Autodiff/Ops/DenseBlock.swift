import CKernels

/// One layer of a dense block: normalisation and activation, 1x1 convolution, 3x3 convolution.
package struct FrozenDenseLayer: Sendable {
  /// [C] each: see `affine`.
  package let scale: Tensor
  package let shift: Tensor
  package let activation: Activation
  package let reduce: FrozenConvolution
  package let extend: FrozenConvolution

  package init(
    scale: Tensor, shift: Tensor, activation: Activation, reduce: FrozenConvolution, extend: FrozenConvolution
  ) {
    self.scale = scale
    self.shift = shift
    self.activation = activation
    self.reduce = reduce
    self.extend = extend
  }
}

/// x_l = [x_(l-1), H_l(x_(l-1))] for each layer l: Huang et al., "Densely Connected Convolutional Networks", arXiv
/// 1608.06993, equation 2. While nothing is tracked, each layer writes its channels into the block's result and nothing
/// is copied.
///
/// - x: [N, H, W, C]; result: [N, H, W, C + the sum of the layers' outputs].
/// - VJP and what is kept: those of `concatenate`, `affine` and `convolution`.
package func denseBlock(_ x: Variable, _ layers: [FrozenDenseLayer]) -> Variable {
  if x.isTracked {
    return layers.reduce(x) { x, layer in
      let normalized = affine(
        x, scale: .constant(layer.scale), shift: .constant(layer.shift), activation: layer.activation)
      return concatenate([x, convolution(convolution(normalized, layer.reduce), layer.extend)])
    }
  }
  precondition(x.shape.rank == 4, "denseBlock: x must be NHWC, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("denseBlock: x is not on a tape") }
  let (engine, shape) = (tape.engine, x.shape)
  let pixels = shape[0] * shape[1] * shape[2]
  let width = layers.reduce(shape[3]) { $0 + $1.extend.outputs }

  let y = Tensor([shape[0], shape[1], shape[2], width], in: engine.pool) { y in
    let y = y.baseAddress!
    x.value.withElements {
      copyColumns(
        of: $0.baseAddress!, stride: shape[3], to: y, stride: width, rows: pixels, columns: shape[3], on: engine)
    }
    var channels = shape[3]
    for layer in layers {
      precondition(
        layer.scale.shape == [channels] && layer.shift.shape == [channels],
        "denseBlock: scale \(layer.scale.shape) and shift \(layer.shift.shape) must be [\(channels)]")
      let seen: Shape = [shape[0], shape[1], shape[2], channels]
      let reduce = layer.reduce.geometry("denseBlock", of: seen)
      let extend = layer.extend.geometry("denseBlock", of: reduce.outputShape)
      precondition(
        extend.outputShape.extents.dropLast() == seen.extents.dropLast(),
        "denseBlock: a layer makes \(extend.outputShape) of \(seen)")
      withScratch(seen.count, from: engine.pool) { normalized in
        withElements(layer.scale, layer.shift) {
          affineKernel(
            y, stride: width, scale: $0, shift: $1, layer.activation, pixels: pixels, on: engine, into: normalized,
            stride: channels)
        }
        withScratch(reduce.outputShape.count, from: engine.pool) { reduced in
          layer.reduce.run(
            normalized, inputStride: channels, reduce, layer.reduce.activation, on: engine, into: reduced,
            outputStride: reduce.outputChannels)
          layer.extend.run(
            reduced, inputStride: reduce.outputChannels, extend, layer.extend.activation, on: engine,
            into: y + channels, outputStride: width)
        }
      }
      channels += layer.extend.outputs
    }
  }
  return tape.constant(y)
}
