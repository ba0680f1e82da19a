/// A convolution whose weights no longer change, with what is done to its result: what a network that serves is made
/// of.
package struct FrozenConvolution: Sendable {
  package let filter: FrozenFilter
  /// [outputs], or nil.
  package let bias: Tensor?
  package let stride: Int
  package let padding: Padding
  package let activation: Activation

  package init(
    filter: FrozenFilter, bias: Tensor? = nil, stride: Int = 1, padding: Padding = .valid,
    activation: Activation = .identity
  ) {
    precondition(
      bias == nil || bias!.shape == [filter.shape[3]],
      "FrozenConvolution: bias \(bias!.shape) does not fit filter \(filter.shape)")
    self.filter = filter
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.activation = activation
  }

  var outputs: Int { filter.shape[3] }

  func geometry(_ operation: String, of shape: Shape) -> Convolution {
    precondition(
      shape.rank == 4 && shape[3] == filter.shape[2],
      "\(operation): x must be NHWC with the channels of the filter \(filter.shape), got \(shape)")
    let window = Window(
      operation, inputHeight: shape[1], inputWidth: shape[2], kernelHeight: filter.shape[0],
      kernelWidth: filter.shape[1], stride: stride, padding: padding)
    return Convolution(batch: shape[0], window: window, inputChannels: shape[3], outputChannels: outputs)
  }

  /// The convolution of channels that lie in `x`, pixels `inputStride` elements apart, into channels that lie in `y`,
  /// pixels `outputStride` apart.
  func run(
    _ x: UnsafePointer<Float>, inputStride: Int, _ g: Convolution, adding addend: UnsafePointer<Float>? = nil,
    _ activation: Activation, on engine: Engine, into y: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    Autodiff.withElements(bias) { bias in
      let epilogue = Epilogue(
        bias: bias?.baseAddress, addend: addend, activation: activation, outputStride: outputStride)
      convolutionKernel(x, inputStride: inputStride, filter: filter.packed, epilogue, g, on: engine, into: y)
    }
  }
}

/// y = a(x * W + b + addend): `convolution` with a frozen filter, fused with the sum at the end of a residual
/// block.
///
/// - x: [N, H, W, C]; addend: the shape of the result, or nil; result: [N, H', W', O].
/// - VJP, with z the argument of a: z_bar = a'(z) y_bar; x_bar = z_bar correlated with the flipped filter (spread by
///   the stride); addend_bar = z_bar.
/// - Keeps W if x is tracked, and what `activate` keeps if anything is tracked. Kinks as in `activate`.
package func convolution(_ x: Variable, _ layer: FrozenConvolution, adding addend: Variable? = nil) -> Variable {
  let g = layer.geometry("convolution", of: x.shape)
  precondition(
    addend == nil || addend!.shape == g.outputShape,
    "convolution: addend \(addend!.shape) is not of the result's shape \(g.outputShape)")
  guard let tape = x.tape ?? addend?.tape else { preconditionFailure("convolution: x is not on a tape") }

  let fused = layer.activation.fusable(isTracked: x.isTracked || addend?.isTracked == true)
  let y = Tensor(g.outputShape, in: tape.engine.pool) { y in
    x.value.withElements { x in
      withElements(addend?.value) { addend in
        layer.run(
          x.baseAddress!, inputStride: g.inputChannels, g, adding: addend?.baseAddress, fused, on: tape.engine,
          into: y.baseAddress!, outputStride: g.outputChannels)
      }
    }
  }

  var pullbacks = Pullbacks()
  let filter = layer.filter
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(g.inputShape, in: pass.engine.pool) { result in
      cotangent.withElements {
        convolutionInputVJPKernel(
          $0.baseAddress!, filter: filter.transposed(stride: g.window.stride), g, on: pass.engine,
          into: result.baseAddress!)
      }
    }
  }
  if let addend { pullbacks.add(for: addend) { cotangent, _ in cotangent } }
  return complete(layer.activation, fused: fused, in: tape.record(y, pullbacks))
}

/// y = a(x W^T + b + addend) for each row of x: a frozen 1 x 1 convolution of what has no rows and columns, such as
/// tokens.
///
/// - x: [..., I]; addend: the shape of the result, or nil; result: [..., O].
/// - VJP, and what is kept: those of `convolution`.
package func linear(_ x: Variable, _ layer: FrozenConvolution, adding addend: Variable? = nil) -> Variable {
  precondition(
    x.shape.rank >= 1 && x.shape.count > 0 && layer.filter.shape[0] == 1 && layer.filter.shape[1] == 1
      && layer.stride == 1,
    "linear: x \(x.shape) must hold something, and the filter \(layer.filter.shape) be 1 x 1 at stride 1")
  let leading = x.shape.extents.dropLast()
  let rows = leading.reduce(1, *)
  let image: Shape = [1, 1, rows, x.shape[x.shape.rank - 1]]
  let y = convolution(
    reshaped(x, image), layer, adding: addend.map { reshaped($0, [1, 1, rows, layer.outputs]) })
  return reshaped(y, Shape(leading + [layer.outputs]))
}

/// `concatenate` of several frozen convolutions of x; while nothing is tracked, each writes its channels where they
/// belong.
///
/// - Parameter layers: at least one; their results have equal extents.
package func concatenatedConvolutions(_ x: Variable, _ layers: [FrozenConvolution]) -> Variable {
  if x.isTracked { return concatenate(layers.map { convolution(x, $0) }) }
  let geometries = layers.map { $0.geometry("concatenatedConvolutions", of: x.shape) }
  guard let tape = x.tape, let first = geometries.first?.outputShape else {
    preconditionFailure("concatenatedConvolutions: there is no convolution, or x is not on a tape")
  }
  precondition(
    geometries.allSatisfy { $0.outputShape.extents.dropLast() == first.extents.dropLast() },
    "concatenatedConvolutions: results \(geometries.map { $0.outputShape }) differ in more than their channels")
  let channels = layers.reduce(0) { $0 + $1.outputs }
  let y = Tensor([first[0], first[1], first[2], channels], in: tape.engine.pool) { y in
    x.value.withElements { x in
      var offset = 0
      for (layer, g) in zip(layers, geometries) {
        layer.run(
          x.baseAddress!, inputStride: g.inputChannels, g, layer.activation, on: tape.engine,
          into: y.baseAddress! + offset, outputStride: channels)
        offset += layer.outputs
      }
    }
  }
  return tape.constant(y)
}
