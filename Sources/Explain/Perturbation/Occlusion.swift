import Autodiff
import Images

/// Occlusion: how much the target's score falls when a window of the input is covered.
///
/// R[p] = mean over the windows w that cover p of (f(X) − f(X with w covered)). Windows of `window` x `window` pixels,
/// all channels at once, start at multiples of `stride`; the last one of a row or column ends at the input's edge and
/// may be smaller. Covered pixels have the value `baseline` of the preprocessed input, where 0 is the training data's
/// mean colour for most checkpoints.
///
/// Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", arXiv 1311.2901, section 4.2;
/// windows, edges and averaging as Captum's `Occlusion`.
///
/// A window that already has the baseline's value is a difference of 0 and is not run. Of the others only what the
/// window reaches is run, where the network's stages say how far that is (`LocalChange`); that changes no more than the
/// last bits.
///
/// Property: of a linear score f(X) = sum of v x, R is the mean over windows of the sum of v (x − baseline) in the
/// window.
package struct Occlusion: AttributionMethod {
  package var window: Int
  package var stride: Int
  package var baseline: Float
  package var score: Score

  /// Where nothing is set.
  package static let defaults = Occlusion(window: 15, stride: 8, baseline: 0, score: .logit)

  package init(
    window: Int = defaults.window, stride: Int = defaults.stride, baseline: Float = defaults.baseline,
    score: Score = defaults.score
  ) {
    self.window = window
    self.stride = stride
    self.baseline = baseline
    self.score = score
  }

  package var name: String { "occlusion" }
  package var resolution: Resolution { .input }
  package var parameters: [MethodParameter] {
    [
      MethodParameter("window", .integer(window)), MethodParameter("stride", .integer(stride)),
      MethodParameter("baseline", .number(Double(baseline))), MethodParameter("score", .text(score.rawValue)),
    ]
  }

  /// At most a pass for each window: those that have the baseline's value are not run. What is computed once for the
  /// unchanged input, where windows are run in part, is not counted. Nothing for a window or stride that does not fit,
  /// which `results` refuses.
  package func cost(of question: QuestionShape) -> Cost {
    let sides = [question.input.height, question.input.width]
    guard sides.allSatisfy({ window <= $0 }), window >= 1, (1...window).contains(stride) else { return Cost() }
    return Cost(forward: sides.reduce(1) { $0 * spans($1).count }, isExact: false)
  }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = question.pass
    let (height, width, channels) = (pass.input.shape[1], pass.input.shape[2], pass.input.shape[3])
    guard window >= 1, window <= min(width, height) else {
      throw .badParameter("window must be from 1 to the input's shorter side, \(min(width, height)); it is \(window).")
    }
    guard stride >= 1, stride <= window else {
      throw .badParameter(
        "stride must be from 1 to the window, \(window), so that every pixel is covered; it is \(stride).")
    }
    guard baseline.isFinite else { throw .badParameter("baseline must be a finite number.") }

    let (rows, columns) = (spans(height), spans(width))
    let windows = rows.indices.flatMap { row in columns.indices.map { (row: row, column: $0) } }
    let (input, baseline) = (pass.input, baseline)
    let changing = input.withElements { image in
      windows.filter { place in
        rows[place.row].contains { y in
          let span = columns[place.column]
          return image[(y * width + span.lowerBound) * channels..<(y * width + span.upperBound) * channels]
            .contains { $0 != baseline }
        }
      }
    }
    let scores = try pass.scores(
      ofCopiesChangedIn: changing.map { LocalChange.Box(rows: rows[$0.row], columns: columns[$0.column]) },
      write: { _, _, _, values in values.update(repeating: baseline) }, targets: question.targets, as: score,
      progress: progress)

    return zip(question.targets, scores).map { target, scores in
      let whole = score.value(of: pass.logits, for: target, by: pass.classifier)
      var falls = [Double](repeating: 0, count: windows.count)
      for (place, score) in zip(changing, scores) { falls[place.row * columns.count + place.column] = whole - score }
      return MethodResult(
        map: mean(of: falls, rows, columns, width: width, height: height),
        notes: [
          MethodParameter("windows", .integer(windows.count)), MethodParameter("evaluations", .integer(changing.count)),
        ])
    }
  }

  /// Where the windows lie along an axis.
  func spans(_ length: Int) -> [Range<Int>] {
    let count = (length - window + stride - 1) / stride + 1
    return (0..<count).map { $0 * stride..<min($0 * stride + window, length) }
  }

  /// At each pixel the mean over the windows that cover it: along y, then along x, since windows make a grid.
  private func mean(
    of falls: [Double], _ rows: [Range<Int>], _ columns: [Range<Int>], width: Int, height: Int
  ) -> SaliencyMap {
    var values: [Float] = []
    values.reserveCapacity(width * height)
    let covering = (0..<width).map { x in columns.indices.filter { columns[$0].contains(x) } }
    for y in 0..<height {
      let rows = rows.indices.filter { rows[$0].contains(y) }
      let sums = columns.indices.map { column in rows.reduce(0) { $0 + falls[$1 * columns.count + column] } }
      for x in 0..<width {
        let sum = covering[x].reduce(0) { $0 + sums[$1] }
        values.append(Float(sum / Double(rows.count * covering[x].count)))
      }
    }
    return SaliencyMap(width: width, height: height, values: values)
  }
}
