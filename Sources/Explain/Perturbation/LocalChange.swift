import Autodiff
import Models
import Networks

/// Runs a network on copies of an input that differ from it in a box each, without running again what the boxes do not
/// reach.
///
/// Every stage's result for the input itself is computed once. Of a changed copy each stage is run on a crop: what its
/// result's changed box depends on (`ReceptiveField`), copied from the kept results with the change so far laid over
/// it. What a crop's artificial edges spoil lies outside the changed box and is thrown away. From the first stage on
/// whose crop would be most of the image, or whose receptive field is not known, all is run.
///
/// The numbers are those of the whole run up to the last bits of a Float, since a crop's sums may be formed in another
/// order. A copy's crops follow from its own box alone, so its numbers do not depend on the other copies.
struct LocalChange {
  /// Rows and columns of an image.
  struct Box: Hashable {
    var rows: Range<Int>
    var columns: Range<Int>
  }

  /// A stage that is run on a crop.
  private struct Step {
    /// Of what the stage is given.
    let crop: Box
    /// What of the stage's result changes.
    let changed: Box
  }

  /// A crop larger than this share of the image is not worth its copy.
  private static let largestShare = 0.8

  /// Writes a part of a row of a copy's box: the copy, the row, the columns, and where their values go, [columns, C].
  typealias Change =
    @Sendable (_ copy: Int, _ row: Int, _ columns: Range<Int>, _ values: UnsafeMutableBufferPointer<Float>) -> Void

  private let pass: ForwardPass
  private let boxes: [Box]
  /// What each of the first stages is given for the unchanged input, [1, H, W, C].
  private let given: [Tensor]
  /// For each copy the first stages, which are run on crops; the others are run whole.
  private let steps: [[Step]]

  /// - Parameter boxes: of each copy, in the input's pixels; not empty.
  /// - Returns: nil where nothing is saved.
  init?(of pass: ForwardPass, boxes: [Box]) {
    var given = [pass.input]
    var steps = [[Step]](repeating: [], count: boxes.count)
    for (index, stage) in pass.classifier.network.stages.dropLast().enumerated() {
      guard let field = stage.receptiveField else { break }
      let result = stage.run(Tape(engine: pass.engine).constant(given[index])).value
      for copy in boxes.indices where steps[copy].count == index {
        let changed = index == 0 ? boxes[copy] : steps[copy][index - 1].changed
        steps[copy] += Self.step(changed, field, from: given[index].shape, to: result.shape)
      }
      guard steps.contains(where: { $0.count > index }) else { break }
      given.append(result)
    }
    if given.count == 1 { return nil }
    self.pass = pass
    self.boxes = boxes
    self.given = given
    self.steps = steps
  }

  /// How a change of what a stage is given goes on; empty where a crop is not worth it.
  private static func step(_ changed: Box, _ field: ReceptiveField, from given: Shape, to result: Shape) -> [Step] {
    let after = Box(
      rows: field.changed(changed.rows, places: result[1]), columns: field.changed(changed.columns, places: result[2]))
    let crop = Box(
      rows: field.crop(after.rows, length: given[1]), columns: field.crop(after.columns, length: given[2]))
    let share = Double(crop.rows.count * crop.columns.count) / Double(given[1] * given[2])
    return share <= largestShare ? [Step(crop: crop, changed: after)] : []
  }

  /// The logits of a copy.
  ///
  /// - Parameter write: what changes; see `Change`.
  func logits(of copy: Int, write: Change) throws(AttributionError) -> [Float] {
    let stages = pass.classifier.network.stages
    let steps = steps[copy]
    var patch = crop(of: given[0], steps.first?.crop, changed: boxes[copy]) { row, columns, values in
      write(copy, row, columns, values)
    }
    for (index, step) in steps.enumerated() {
      let result = stages[index].run(Tape(engine: pass.engine).constant(patch)).value
      let (width, channels, stride) = (result.shape[2], result.shape[3], stages[index].receptiveField!.stride)
      let (top, left) = (step.crop.rows.lowerBound / stride, step.crop.columns.lowerBound / stride)
      let next = index + 1 < steps.count ? steps[index + 1].crop : nil
      patch = result.withElements { result in
        crop(of: given[index + 1], next, changed: step.changed) { row, columns, values in
          let source = ((row - top) * width + columns.lowerBound - left) * channels
          values.baseAddress!.update(from: result.baseAddress! + source, count: values.count)
        }
      }
    }
    guard !steps.isEmpty else { return try pass.logits(of: patch)[0] }
    return try pass.logits(ofActivations: patch, after: stages[steps.count - 1].name)[0]
  }

  /// A crop of what a stage is given, with the change laid over it.
  ///
  /// - Parameters:
  ///   - box: what of it; nil: all.
  ///   - write: writes a part of a row of the changed box: the row, the columns, and where their values go.
  private func crop(
    of given: Tensor, _ box: Box?, changed: Box,
    write: (_ row: Int, _ columns: Range<Int>, _ values: UnsafeMutableBufferPointer<Float>) -> Void
  ) -> Tensor {
    let (width, channels) = (given.shape[2], given.shape[3])
    let (rows, columns) = (box?.rows ?? 0..<given.shape[1], box?.columns ?? 0..<width)
    let common = changed.columns.clamped(to: columns)
    return Tensor([1, rows.count, columns.count, channels], in: pass.engine.pool) { crop in
      given.withElements { given in
        for row in rows {
          let line = crop.baseAddress! + (row - rows.lowerBound) * columns.count * channels
          line.initialize(
            from: given.baseAddress! + (row * width + columns.lowerBound) * channels, count: columns.count * channels)
          guard changed.rows.contains(row), !common.isEmpty else { continue }
          let start = line + (common.lowerBound - columns.lowerBound) * channels
          write(row, common, UnsafeMutableBufferPointer(start: start, count: common.count * channels))
        }
      }
    }
  }
}

extension ReceptiveField {
  /// Which of a result's `places` a change of `box` may change.
  fileprivate func changed(_ box: Range<Int>, places: Int) -> Range<Int> {
    let first = min(max(box.lowerBound - after + stride - 1, 0) / stride, places - 1)
    let last = min((box.upperBound - 1 + before) / stride, places - 1)
    // A change between two places that are looked at reaches none; one is taken all the same, so that no box is empty.
    return first..<max(last, first) + 1
  }

  /// For a range of places a crop of the axis that gives them as the whole does: beginning at a multiple of the stride,
  /// and with the whole's remainder by it, since padding rules look at both.
  fileprivate func crop(_ places: Range<Int>, length: Int) -> Range<Int> {
    let start = max(places.lowerBound * stride - before, 0) / stride * stride
    let end = min((places.upperBound - 1) * stride + after + 1, length)
    let remainder = length % stride
    let count = min((end - start - remainder + stride - 1) / stride * stride + remainder, length)
    let first = min(start, length - count)
    return first..<first + count
  }
}
