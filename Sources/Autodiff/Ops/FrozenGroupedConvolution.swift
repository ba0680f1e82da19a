/// A grouped convolution whose weights no longer change: a packed filter for each part of its channels.
package struct FrozenGroupedConvolution: Sendable {
  /// [kernel height, kernel width, inputs of a group, outputs]
  package let shape: Shape
  package let groups: Int
  /// Of neighbouring groups that are computed together, see `GroupedConvolution`.
  let filters: [FrozenFilter]
  /// [outputs], or nil.
  package let bias: Tensor?
  package let stride: Int
  package let padding: Padding
  package let activation: Activation

  /// - Parameters:
  ///   - shape: [kernel height, kernel width, inputs of a group, outputs].
  ///   - filter: its elements in C order.
  ///   - usualExtent: as in `FrozenFilter`.
  ///   - pool: where the packed filters live.
  package init(
    _ shape: Shape, _ filter: [Float], groups: Int, usualExtent: (height: Int, width: Int)? = nil,
    bias: Tensor? = nil, stride: Int = 1, padding: Padding = .valid, activation: Activation = .identity,
    in pool: BufferPool
  ) {
    let layout = GroupedFilterLayout(shape, groups: groups)
    precondition(
      filter.count == shape.count, "FrozenGroupedConvolution: shape \(shape) holds not \(filter.count) elements")
    filters = (0..<layout.partCount).map { part in
      let plain = [Float](unsafeUninitializedCapacity: layout.partShape.count) { plain, count in
        filter.withUnsafeBufferPointer { layout.spread($0.baseAddress!, part: part, to: plain.baseAddress!) }
        count = layout.partShape.count
      }
      return FrozenFilter(layout.partShape, plain, usualExtent: usualExtent, in: pool)
    }
    self.shape = shape
    self.groups = groups
    self.bias = bias
    self.stride = stride
    self.padding = padding
    self.activation = activation
  }
}

/// y = a(x * W + b + addend): `groupedConvolution` with frozen filters, fused with the sum at the end of a residual
/// block.
///
/// - x: [N, H, W, C]; addend: the shape of the result, or nil; result: [N, H', W', O].
/// - VJP, with z the argument of a: z_bar = a'(z) y_bar; x_bar as in `groupedConvolution`; addend_bar = z_bar.
/// - Keeps W if x is tracked, and what `activate` keeps if anything is tracked. Kinks as in `activate`.
package func groupedConvolution(
  _ x: Variable, _ layer: FrozenGroupedConvolution, adding addend: Variable? = nil
) -> Variable {
  guard let tape = x.tape ?? addend?.tape else { preconditionFailure("groupedConvolution: x is not on a tape") }
  let g = groupedGeometry(
    x.shape, filter: layer.shape, bias: layer.bias?.shape, groups: layer.groups, stride: layer.stride,
    padding: layer.padding)
  precondition(
    addend == nil || addend!.shape == g.whole.outputShape,
    "groupedConvolution: addend \(addend!.shape) is not of the result's shape \(g.whole.outputShape)")
  let filters = layer.filters

  let fused = layer.activation.fusable(isTracked: x.isTracked || addend?.isTracked == true)
  let y = Tensor(g.whole.outputShape, in: tape.engine.pool) { y in
    x.value.withElements { x in
      withElements(layer.bias) { bias in
        withElements(addend?.value) { addend in
          groupedConvolutionKernel(
            x.baseAddress!, filters: filters.map { $0.packed },
            Epilogue(
              bias: bias?.baseAddress, addend: addend?.baseAddress, activation: fused,
              outputStride: g.whole.outputChannels), g, on: tape.engine, into: y.baseAddress!)
        }
      }
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(g.whole.inputShape, in: pass.engine.pool) { result in
      cotangent.withElements {
        groupedInputVJPKernel(
          $0.baseAddress!, filters: filters.map { $0.transposed(stride: g.whole.window.stride) }, g, on: pass.engine,
          into: result.baseAddress!)
      }
    }
  }
  if let addend { pullbacks.add(for: addend) { cotangent, _ in cotangent } }
  return complete(layer.activation, fused: fused, in: tape.record(y, pullbacks))
}
