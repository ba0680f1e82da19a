/// y[n, i, j, o] = a(sum over u, v, c of x[n, i s + u - top, j s + v - left, k C/G + c] W[u, v, c, o] + b[o]), where
/// output o lies in group k = o / (O/G): G convolutions side by side, each of its own channels. Xie et al., "Aggregated
/// Residual Transformations for Deep Neural Networks", arXiv 1611.05431, figure 3 (c).
///
/// - x: [N, H, W, C]; filter W: [kernel height, kernel width, C/G, O]; bias b: [O] or nil; result: [N, H', W', O].
/// - VJP: that of `convolution`, group by group.
/// - Keeps W if x is tracked, x if W is tracked, and what `activate` keeps if anything is tracked. Kinks as in
///   `activate`. W is packed for the kernels in each pass: for weights that do not change there is
///   `FrozenGroupedConvolution`.
package func groupedConvolution(
  _ x: Variable, filter: Variable, bias: Variable? = nil, groups: Int, stride: Int = 1, padding: Padding = .valid,
  activation: Activation = .identity
) -> Variable {
  guard let tape = x.tape else { preconditionFailure("groupedConvolution: x is not on a tape") }
  let g = groupedGeometry(
    x.shape, filter: filter.shape, bias: bias?.shape, groups: groups, stride: stride, padding: padding)
  let layout = GroupedFilterLayout(filter.shape, groups: groups)

  let fused = activation.fusable(isTracked: x.isTracked || filter.isTracked || bias?.isTracked == true)
  let y = Tensor(g.whole.outputShape, in: tape.engine.pool) { y in
    withElements(x.value, filter.value) { x, filter in
      withElements(bias?.value) { bias in
        let filters = plainFilters(of: filter.baseAddress!, layout, on: tape.engine) {
          PackedFilter(layout.partShape, $0, method: g.part.method, in: tape.engine.pool, on: tape.engine)
        }
        groupedConvolutionKernel(
          x.baseAddress!, filters: filters,
          Epilogue(bias: bias?.baseAddress, activation: fused, outputStride: g.whole.outputChannels), g,
          on: tape.engine, into: y.baseAddress!)
      }
    }
  }

  var pullbacks = Pullbacks()
  if x.isTracked {
    let filter = filter.value
    pullbacks.add(for: x) { cotangent, pass in
      Tensor(g.whole.inputShape, in: pass.engine.pool) { result in
        withElements(cotangent, filter) { cotangent, filter in
          let filters = plainFilters(of: filter.baseAddress!, layout, on: pass.engine) {
            TransposedFilter(
              layout.partShape, $0, method: g.part.method, stride: stride, in: pass.engine.pool, on: pass.engine)
          }
          groupedInputVJPKernel(
            cotangent.baseAddress!, filters: filters, g, on: pass.engine, into: result.baseAddress!)
        }
      }
    }
  }
  if filter.isTracked {
    let x = x.value
    pullbacks.add(for: filter) { cotangent, pass in
      Tensor(g.filterShape, in: pass.engine.pool) { result in
        withElements(x, cotangent) {
          groupedFilterVJPKernel(
            $0.baseAddress!, $1.baseAddress!, g, on: pass.engine, into: result.baseAddress!)
        }
      }
    }
  }
  if let bias { addBiasPullback(for: bias, to: &pullbacks) }
  return complete(activation, fused: fused, in: tape.record(y, pullbacks))
}

/// The geometry, if all shapes fit.
///
/// - Parameter filter: [kernel height, kernel width, inputs of a group, outputs].
func groupedGeometry(
  _ x: Shape, filter: Shape, bias: Shape?, groups: Int, stride: Int, padding: Padding
) -> GroupedConvolution {
  precondition(x.rank == 4, "groupedConvolution: x must be NHWC, got \(x)")
  precondition(filter.rank == 4 && filter.count > 0, "groupedConvolution: the filter must be HWIO, got \(filter)")
  precondition(
    groups >= 1 && x[3] == groups * filter[2] && filter[3] % groups == 0,
    "groupedConvolution: x \(x) and filter \(filter) do not fall into \(groups) groups")
  precondition(
    bias == nil || bias == [filter[3]], "groupedConvolution: bias \(bias!) does not fit filter \(filter)")
  let window = Window(
    "groupedConvolution", inputHeight: x[1], inputWidth: x[2], kernelHeight: filter[0], kernelWidth: filter[1],
    stride: stride, padding: padding)
  return GroupedConvolution(batch: x[0], window: window, inputs: x[3], outputs: filter[3], groups: groups)
}

/// What `make` makes of the plain filter of each part.
private func plainFilters<Filter>(
  of filter: UnsafePointer<Float>, _ layout: GroupedFilterLayout, on engine: Engine,
  _ make: (UnsafePointer<Float>) -> Filter
) -> [Filter] {
  withScratch(layout.partShape.count, from: engine.pool) { plain in
    (0..<layout.partCount).map { part in
      layout.spread(filter, part: part, to: plain)
      return make(plain)
    }
  }
}
