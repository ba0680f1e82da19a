import CKernels

/// The geometry of a convolution whose channels fall into groups of neighbours: a group's outputs see the same group's
/// inputs and no others.
///
/// It is computed in parts, which lie side by side as the groups do. A part is as many neighbouring groups as a vector
/// holds outputs: it is a plain convolution whose filter is 0 between its groups. That costs nothing, since a vector
/// is multiplied as a whole even where few of its lanes count.
struct GroupedConvolution: Hashable, Sendable {
  let groups: Int
  /// Of all groups.
  let whole: Convolution
  /// Of a single part.
  let part: Convolution
  let partCount: Int

  /// - Parameters:
  ///   - inputs: channels of the image, a multiple of `groups`.
  ///   - outputs: channels of the result, a multiple of `groups`.
  init(batch: Int, window: Window, inputs: Int, outputs: Int, groups: Int) {
    self.groups = groups
    whole = Convolution(batch: batch, window: window, inputChannels: inputs, outputChannels: outputs)
    partCount = groups / Self.groupsOfAPart(groups: groups, outputs: outputs / groups)
    part = Convolution(
      batch: batch, window: window, inputChannels: inputs / partCount, outputChannels: outputs / partCount)
  }

  /// - Parameter outputs: of a group.
  static func groupsOfAPart(groups: Int, outputs: Int) -> Int {
    (1...groups).last { groups % $0 == 0 && $0 * outputs <= InstructionSet.current.lanes } ?? 1
  }

  /// [kernel height, kernel width, inputs of a group, outputs]
  var filterShape: Shape {
    [whole.window.kernelHeight, whole.window.kernelWidth, whole.inputChannels / groups, whole.outputChannels]
  }
}

/// Where the rows of a grouped filter lie in the plain filters of its parts.
struct GroupedFilterLayout {
  private let taps: Int
  /// Of a group.
  private let inputs: Int
  private let outputs: Int
  private let groups: Int
  private let groupsOfAPart: Int
  /// [kernel height, kernel width, inputs, outputs] of a part.
  let partShape: Shape

  /// - Parameter shape: [kernel height, kernel width, inputs of a group, outputs of all].
  init(_ shape: Shape, groups: Int) {
    precondition(
      shape.rank == 4 && shape.count > 0 && groups >= 1 && shape[3] % groups == 0,
      "GroupedFilterLayout: the filter \(shape) does not fall into \(groups) groups")
    taps = shape[0] * shape[1]
    inputs = shape[2]
    outputs = shape[3] / groups
    self.groups = groups
    groupsOfAPart = GroupedConvolution.groupsOfAPart(groups: groups, outputs: outputs)
    partShape = [shape[0], shape[1], groupsOfAPart * inputs, groupsOfAPart * outputs]
  }

  var partCount: Int { groups / groupsOfAPart }

  /// Writes the plain filter of part number `part`, 0 between its groups.
  func spread(_ filter: UnsafePointer<Float>, part: Int, to plain: UnsafeMutablePointer<Float>) {
    plain.update(repeating: 0, count: partShape.count)
    forEachRow(of: part) { row, plainRow in (plain + plainRow).update(from: filter + row, count: outputs) }
  }

  /// Writes the grouped filter's elements of part number `part` from the plain filter.
  func gather(_ plain: UnsafePointer<Float>, part: Int, to filter: UnsafeMutablePointer<Float>) {
    forEachRow(of: part) { row, plainRow in (filter + row).update(from: plain + plainRow, count: outputs) }
  }

  /// Calls `body` with the first element of each row of a group's outputs, in the grouped filter and in the plain one.
  private func forEachRow(of part: Int, _ body: (Int, Int) -> Void) {
    for tap in 0..<taps {
      for group in 0..<groupsOfAPart {
        for input in 0..<inputs {
          body(
            (tap * inputs + input) * groups * outputs + (part * groupsOfAPart + group) * outputs,
            ((tap * groupsOfAPart + group) * inputs + input) * groupsOfAPart * outputs + group * outputs)
        }
      }
    }
  }
}

/// y = a(convolution + bias + addend), all parts in one loop.
///
/// - Parameters:
///   - filters: of each part.
///   - epilogue: of all outputs.
func groupedConvolutionKernel(
  _ x: UnsafePointer<Float>, filters: [PackedFilter], _ epilogue: Epilogue, _ g: GroupedConvolution,
  on engine: Engine, into y: UnsafeMutablePointer<Float>
) {
  let (kernels, method) = (Kernels.convolution.pointee, filters[0].method)
  let (inputs, outputs) = (g.part.inputChannels, g.part.outputChannels)
  let geometry = g.part.forKernels(inputStride: g.whole.inputChannels)
  // Parts are cut only where there are too few of them for the threads to end at about the same time.
  let (cut, rows, panels, scratchCount) = withUnsafePointer(to: geometry) { geometry in
    (
      kernels.cut(geometry, method, (4 * engine.threads + g.partCount - 1) / g.partCount),
      kernels.rows(geometry, method), kernels.panels(geometry, method), kernels.scratch_count(geometry, method)
    )
  }
  let rowTasks = (rows + cut.rows - 1) / cut.rows
  let panelTasks = (panels + cut.panels - 1) / cut.panels
  engine.forEach(g.partCount * rowTasks * panelTasks) { task in
    let (part, place) = task.quotientAndRemainder(dividingBy: rowTasks * panelTasks)
    let (firstRow, firstPanel) = (place % rowTasks * cut.rows, place / rowTasks * cut.panels)
    var geometry = geometry
    var end = gaze_epilogue(
      bias: epilogue.bias.map { $0 + part * outputs }, addend: epilogue.addend.map { $0 + part * outputs },
      addend_stride: g.whole.outputChannels, activation: epilogue.activation.forKernels,
      output_stride: epilogue.outputStride)
    withScratch(scratchCount, from: engine.pool) { scratch in
      filters[part].withElements {
        kernels.convolve(
          &geometry, method, x + part * inputs, $0, &end, firstRow, min(firstRow + cut.rows, rows), firstPanel,
          min(firstPanel + cut.panels, panels), scratch, y + part * outputs)
      }
    }
  }
}

/// x_bar, part by part.
///
/// - Parameters:
///   - cotangent: batch x output height x output width x outputs.
///   - filters: of each part.
///   - result: batch x H x W x inputs; every element is written.
func groupedInputVJPKernel(
  _ cotangent: UnsafePointer<Float>, filters: [TransposedFilter], _ g: GroupedConvolution, on engine: Engine,
  into result: UnsafeMutablePointer<Float>
) {
  let (part, whole) = (g.part, g.whole)
  engine.forEach(g.partCount) { index in
    withSlice(of: cotangent, part.outputShape, index, stride: whole.outputChannels, on: engine) { slice in
      withScratch(part.inputShape.count, from: engine.pool) { partResult in
        convolutionInputVJPKernel(slice, filter: filters[index], part, on: engine, into: partResult)
        copyColumns(
          of: partResult, stride: part.inputChannels, to: result + index * part.inputChannels,
          stride: whole.inputChannels, rows: part.batch * part.window.inputPixels, columns: part.inputChannels,
          on: engine)
      }
    }
  }
}

/// W_bar, part by part; what lies between the groups of a part is left out.
///
/// - Parameters:
///   - x: batch x H x W x inputs.
///   - cotangent: batch x output height x output width x outputs.
///   - result: of `filterShape`; every element is written.
func groupedFilterVJPKernel(
  _ x: UnsafePointer<Float>, _ cotangent: UnsafePointer<Float>, _ g: GroupedConvolution, on engine: Engine,
  into result: UnsafeMutablePointer<Float>
) {
  let (part, whole) = (g.part, g.whole)
  let layout = GroupedFilterLayout(g.filterShape, groups: g.groups)
  engine.forEach(g.partCount) { index in
    withSlice(of: x, part.inputShape, index, stride: whole.inputChannels, on: engine) { x in
      withSlice(of: cotangent, part.outputShape, index, stride: whole.outputChannels, on: engine) { cotangent in
        withScratch(part.filterShape.count, from: engine.pool) { plain in
          convolutionFilterVJPKernel(
            x, cotangent, part, method: part.method, on: engine,
            into: UnsafeMutableBufferPointer(start: plain, count: part.filterShape.count))
          layout.gather(plain, part: index, to: result)
        }
      }
    }
  }
}

/// Lends the channels of part number `part` of a wider image, contiguous.
///
/// - Parameters:
///   - shape: of the slice.
///   - stride: channels of the image.
private func withSlice(
  of image: UnsafePointer<Float>, _ shape: Shape, _ part: Int, stride: Int, on engine: Engine,
  _ body: (UnsafePointer<Float>) -> Void
) {
  withScratch(shape.count, from: engine.pool) { slice in
    copyColumns(
      of: image + part * shape[3], stride: stride, to: slice, stride: shape[3], rows: shape.count / shape[3],
      columns: shape[3], on: engine)
    body(slice)
  }
}
