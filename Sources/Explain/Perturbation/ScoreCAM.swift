import Autodiff

/// Score-CAM: L = sum over k of w_k A_k, w = softmax over the channels k of S_k, S_k = f(X * H_k) − f(0).
///
/// A is the layer's activation, f the target's logit, X the network's input, and H_k channel k stretched bilinearly
/// over the input and then brought to 0...1 by (U − min U) / (max U − min U). All channels are used. Raw: the paper's
/// ReLU is a step of picture-making.
///
/// Source: Wang et al., "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks", arXiv
/// 1910.01279, equations 5 to 8 and algorithm 1. The authors' code stretches by half-pixel centres, which is the
/// default here; pytorch-grad-cam 1.5 aligns the corners (`upsampling: corners`) and is otherwise the same.
///
/// What is saved without changing the result: f(0) is the same for every channel and cancels in the softmax, so it is
/// not computed; a flat channel's mask is zero everywhere (as in pytorch-grad-cam; the authors' code skips the
/// channel), and channels whose masks are equal, such as those that are active in one and the same cell, share one
/// evaluation.
///
/// Property: the weights are positive and sum to 1, so the map lies between the smallest and the largest activation of
/// each cell.
package struct ScoreCAM: AttributionMethod {
  package var upsampling: Upsampling

  /// Where nothing is set.
  package static let defaults = ScoreCAM(upsampling: .halfPixel)

  package init(upsampling: Upsampling = defaults.upsampling) { self.upsampling = upsampling }

  package var name: String { "score-cam" }
  package var resolution: Resolution { .layer }
  package var parameters: [MethodParameter] { [MethodParameter("upsampling", .text(upsampling.rawValue))] }

  /// At most a pass for each channel: fewer where channels give equal masks.
  package func cost(of question: QuestionShape) -> Cost {
    question.head + Cost(forward: question.layerChannels, isExact: false)
  }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = question.pass
    let activation = pass.head(after: question.layer).activation
    let (rows, columns, channels) = (activation.shape[1], activation.shape[2], activation.shape[3])
    let masks = ChannelMasks(of: activation)
    let stretch = CellStretch(
      cellColumns: columns, cellRows: rows, width: pass.input.shape[2], height: pass.input.shape[1], by: upsampling)
    let input = pass.input
    let scores = try pass.scores(
      of: masks.distinct.count,
      changedInputs: { index, copy in
        input.withElements { masks.distinct[index].write(masking: $0, stretch, into: copy) }
      }, targets: question.targets, as: .logit, progress: progress)

    var results: [MethodResult] = []
    for scores in scores {
      let weights = softmax(masks.place.map { scores[$0] })
      let map = try question.finite(weightedSum(of: activation, weights, order: .channelByChannel))
      results.append(
        MethodResult(
          map: map,
          notes: [
            MethodParameter("channels", .integer(channels)), MethodParameter("evaluations", .integer(scores.count)),
          ]))
    }
    return results
  }
}

/// The masks that a layer's channels make, each once.
private struct ChannelMasks: Sendable {
  let distinct: [Cells]
  /// Which of the distinct masks is channel k's.
  let place: [Int]

  /// A channel's cells between 0 and 1; flat: all 0. Stretching is linear, so that the stretched mask needs the same
  /// steps as that of the channel itself, and channels that differ by a factor only have the same bits.
  struct Cells: Hashable, Sendable {
    let values: [Float]

    init(_ channel: [Float]) {
      let (low, high) = (channel.reduce(.infinity, Float.minimum), channel.reduce(-.infinity, Float.maximum))
      let range = Double(high) - Double(low)
      values = range > 0 ? channel.map { Float((Double($0) - Double(low)) / range) } : channel.map { _ in 0 }
    }

    /// Writes the image times the stretched mask, which is brought to 0...1 once more, since between centres it may
    /// reach neither.
    func write(
      masking image: UnsafeBufferPointer<Float>, _ stretch: CellStretch, into copy: UnsafeMutableBufferPointer<Float>
    ) {
      let pixels = stretch.width * stretch.height
      withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels) { mask in
        let mask = mask.baseAddress!
        values.withUnsafeBufferPointer { stretch($0, into: mask) }
        var (low, high) = (mask[0], mask[0])
        for pixel in 0..<pixels {
          low = mask[pixel] < low ? mask[pixel] : low
          high = mask[pixel] > high ? mask[pixel] : high
        }
        let factor = high > low ? 1 / (high - low) : 0
        for pixel in 0..<pixels { mask[pixel] = (mask[pixel] - low) * factor }
        multiply(
          image.baseAddress!, by: mask, pixels: pixels, channels: image.count / pixels, into: copy.baseAddress!)
      }
    }
  }

  init(of activation: Tensor) {
    let (cells, channels) = (activation.shape[1] * activation.shape[2], activation.shape[3])
    var distinct: [Cells] = []
    var places: [Cells: Int] = [:]
    place = activation.withElements { elements in
      (0..<channels).map { channel in
        let mask = Cells((0..<cells).map { elements[$0 * channels + channel] })
        if let known = places[mask] { return known }
        places[mask] = distinct.count
        distinct.append(mask)
        return distinct.count - 1
      }
    }
    self.distinct = distinct
  }
}
