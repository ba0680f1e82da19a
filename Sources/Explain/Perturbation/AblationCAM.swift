import Autodiff

/// Ablation-CAM: L = sum over k of w_k A_k, w_k = (y − y_k) / |y|.
///
/// A is the layer's activation, y the target's logit, and y_k the same with channel k of A set to zero. Raw: the
/// paper's ReLU is a step of picture-making.
///
/// Source: Desai and Ramaswamy, "Ablation-CAM: Visual Explanations for Deep Convolutional Network via Gradient-free
/// Localization", WACV 2020, equations 3 and 4, which divide by y: for a negative logit that turns the map's sign, and
/// what speaks for the class would appear as speaking against it, so the magnitude divides here (by 1 where y is 0; the
/// result's notes state the divisor). pytorch-grad-cam 1.5 follows the paper where the layer's smallest value is 0 and
/// puts a large negative number in place of zero elsewhere; zero it is here everywhere.
///
/// Only what comes after the layer is run, on batches of activations. A channel that is zero everywhere has weight 0
/// and is not run.
///
/// Property: where only a mean over space and one linear layer follow, y − y_k = v_k mean(A_k) with the class's weights
/// v.
package struct AblationCAM: AttributionMethod {
  package init() {}

  package var name: String { "ablation-cam" }
  package var resolution: Resolution { .layer }
  package var parameters: [MethodParameter] { [] }

  /// At most a pass for each channel, of what comes after the layer: channels that are zero everywhere are not run.
  package func cost(of question: QuestionShape) -> Cost {
    question.head + Cost(forward: question.layerChannels, isExact: false)
  }

  package func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let pass = question.pass
    let activation = pass.head(after: question.layer).activation
    let shape = activation.shape
    let (cells, channels) = (shape[1] * shape[2], shape[3])
    let active = activation.withElements { elements in
      (0..<channels).filter { channel in (0..<cells).contains { elements[$0 * channels + channel] != 0 } }
    }
    var scores = Scores(of: question.targets, as: .logit, by: pass.classifier)
    try progress.step(0, of: active.count)
    while scores.count < active.count {
      let done = scores.count
      let batch = min(ForwardPass.preferredBatch, active.count - done)
      let ablated = Tensor([batch, shape[1], shape[2], channels], in: pass.engine.pool) { copies in
        activation.withElements { elements in
          // Iterations write copies of their own and read what none writes.
          nonisolated(unsafe) let (source, base) = (elements.baseAddress!, copies.baseAddress!)
          let removed = active[done..<done + batch]
          pass.engine.workers.forEach(batch) { index in
            let copy = base + index * cells * channels
            copy.initialize(from: source, count: cells * channels)
            let channel = removed[removed.startIndex + index]
            for cell in 0..<cells { copy[cell * channels + channel] = 0 }
          }
        }
      }
      scores.append(try pass.logits(ofActivations: ablated, after: question.layer))
      try progress.step(scores.count, of: active.count)
    }
    var results: [MethodResult] = []
    for (target, scores) in zip(question.targets, scores.values) {
      let logit = Score.logit.value(of: pass.logits, for: target, by: pass.classifier)
      let divisor = logit == 0 ? 1 : abs(logit)
      var weights = [Double](repeating: 0, count: channels)
      for (channel, score) in zip(active, scores) { weights[channel] = (logit - score) / divisor }
      results.append(
        MethodResult(
          map: try question.finite(weightedSum(of: activation, weights, order: .channelByChannel)),
          notes: [MethodParameter("divisor", .number(divisor)), MethodParameter("evaluations", .integer(active.count))])
      )
    }
    return results
  }
}
