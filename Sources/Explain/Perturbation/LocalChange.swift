import Autodiff
import Networks

/// Runs a network on copies of an input that differ from it in a box each, without running again what the boxes do not reach.
///
/// Every stage's result for the input itself is computed once. Of a changed copy each stage is run on a crop: what its result's changed
/// box depends on (`Reach`), copied from the kept results with the change so far laid over it. What a crop's artificial edges spoil lies outside
/// the changed box and is thrown away. From the first stage on whose crop would be most of the image, or whose reach is not known, all is run.
///
/// The numbers are those of the whole run up to the last bits of a Float, since a crop's sums may be formed in another order. All crops of a
/// stage have one size, which follows from all boxes, so that a result does not depend on what else is in its batch.
struct LocalChange {
  /// Rows and columns of an image.
  struct Box: Hashable {
    var rows: Range<Int>
    var columns: Range<Int>
  }

  /// One stage, run on crops.
  private struct Step {
    let stage: Network.Stage
    /// What the stage is given for the unchanged input, [1, H, W, C].
    let given: Tensor
    /// Where the crop of each copy begins, and what of the stage's result changes.
    let crops: [(top: Int, left: Int)]
    let cropHeight: Int
    let cropWidth: Int
    let changed: [Box]
  }

  /// A crop larger than this share of the image is not worth its copy.
  private static let largestShare = 0.6

  /// Writes a part of a row of a copy's box: the copy, the row, the columns, and where their values go, [columns, C]. Called from several
  /// threads at once.
  typealias Change =
    @Sendable (_ copy: Int, _ row: Int, _ columns: Range<Int>, _ values: UnsafeMutableBufferPointer<Float>) -> Void

  private let pass: ForwardPass
  private let boxes: [Box]
  private let steps: [Step]
  /// What the first stage that is run whole is given, and the stage before it.
  private let rest: (given: Tensor, after: String)

  /// - Parameter boxes: of each copy, in the input's pixels; not empty.
  /// - Returns: nil where nothing is saved.
  init?(of pass: ForwardPass, boxes: [Box]) {
    var (given, changed) = (pass.input, boxes)
    var steps: [Step] = []
    for stage in pass.classifier.network.stages.dropLast() {
      guard let reach = stage.reach else { break }
      let (height, width) = (given.shape[1], given.shape[2])
      let tape = Tape(engine: pass.engine)
      let result = stage.run(tape.constant(given)).value
      let after = changed.map { box in
        Box(
          rows: reach.changed(box.rows, places: result.shape[1]),
          columns: reach.changed(box.columns, places: result.shape[2]))
      }
      let rows = reach.crops(after.map(\.rows), length: height)
      let columns = reach.crops(after.map(\.columns), length: width)
      guard Double(rows.length * columns.length) <= Self.largestShare * Double(height * width) else { break }
      steps.append(
        Step(
          stage: stage, given: given, crops: zip(rows.starts, columns.starts).map { ($0, $1) },
          cropHeight: rows.length, cropWidth: columns.length, changed: after))
      (given, changed) = (result, after)
    }
    guard let last = steps.last else { return nil }
    self.pass = pass
    self.boxes = boxes
    self.steps = steps
    rest = (given, last.stage.name)
  }

  /// The logits of some copies.
  ///
  /// - Parameter write: what changes; see `Change`.
  func logits(of copies: Range<Int>, write: @escaping Change) throws(AttributionError) -> [[Float]] {
    let first = steps[0]
    var patch = crops(
      of: first.given, copies, height: first.cropHeight, width: first.cropWidth, at: first.crops
    ) { copy, row, columns, target in
      let common = boxes[copy].columns.clamped(to: columns)
      guard boxes[copy].rows.contains(row), !common.isEmpty else { return }
      let channels = first.given.shape[3]
      write(
        copy, row, common,
        UnsafeMutableBufferPointer(
          start: target + (common.lowerBound - columns.lowerBound) * channels, count: common.count * channels))
    }
    for (index, step) in steps.enumerated() {
      let result = step.stage.run(Tape(engine: pass.engine).constant(patch)).value
      let (height, width, channels) = (result.shape[1], result.shape[2], result.shape[3])
      let stride = step.stage.reach!.stride
      let isLast = index + 1 == steps.count
      let next = isLast ? rest.given : steps[index + 1].given
      patch = result.withElements { result in
        let base = result.baseAddress!
        return crops(
          of: next, copies, height: isLast ? next.shape[1] : steps[index + 1].cropHeight,
          width: isLast ? next.shape[2] : steps[index + 1].cropWidth, at: isLast ? nil : steps[index + 1].crops
        ) { copy, row, columns, target in
          let box = step.changed[copy]
          let common = box.columns.clamped(to: columns)
          guard box.rows.contains(row), !common.isEmpty else { return }
          let (top, left) = (step.crops[copy].top / stride, step.crops[copy].left / stride)
          let source = ((copy - copies.lowerBound) * height + row - top) * width + common.lowerBound - left
          (target + (common.lowerBound - columns.lowerBound) * channels)
            .update(from: base + source * channels, count: common.count * channels)
        }
      }
    }
    return try pass.logits(ofActivations: patch, after: rest.after)
  }

  /// Crops of what a stage is given, one for each copy, with each row's change laid over it.
  ///
  /// - Parameters:
  ///   - places: where the crops begin, for all copies; nil: at the image's corner.
  ///   - change: the copy, the row of the image, the columns of the crop, and the crop's row, which it changes.
  private func crops(
    of given: Tensor, _ copies: Range<Int>, height: Int, width: Int, at places: [(top: Int, left: Int)]?,
    change: @escaping (_ copy: Int, _ row: Int, _ columns: Range<Int>, _ target: UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    let (givenWidth, channels) = (given.shape[2], given.shape[3])
    return Tensor([copies.count, height, width, channels], in: pass.engine.pool) { crops in
      given.withElements { given in
        let (source, target) = (given.baseAddress!, crops.baseAddress!)
        pass.engine.workers.forEach(copies.count) { index in
          let copy = copies.lowerBound + index
          let (top, left) = places?[copy] ?? (0, 0)
          for row in top..<top + height {
            let line = target + (index * height + row - top) * width * channels
            line.initialize(from: source + (row * givenWidth + left) * channels, count: width * channels)
            change(copy, row, left..<left + width, line)
          }
        }
      }
    }
  }
}

extension Reach {
  /// Which of a result's `places` a change of `box` may change.
  fileprivate func changed(_ box: Range<Int>, places: Int) -> Range<Int> {
    let first = min(max(box.lowerBound - after + stride - 1, 0) / stride, places - 1)
    let last = min((box.upperBound - 1 + before) / stride, places - 1)
    // A change between two places that are looked at reaches none; one is taken all the same, so that no box is empty.
    return first..<max(last, first) + 1
  }

  /// For each range of places a crop of the axis that gives them as the whole does: of one length for all, beginning at a multiple of the
  /// stride, and with the whole's remainder by it, since padding rules look at both.
  fileprivate func crops(_ places: [Range<Int>], length: Int) -> (starts: [Int], length: Int) {
    let needs = places.map { places in
      max(places.lowerBound * stride - before, 0) / stride
        * stride..<min((places.upperBound - 1) * stride + after + 1, length)
    }
    let longest = needs.map(\.count).max()!
    let remainder = length % stride
    let common = min((longest - remainder + stride - 1) / stride * stride + remainder, length)
    return (needs.map { min($0.lowerBound, length - common) }, common)
  }
}
