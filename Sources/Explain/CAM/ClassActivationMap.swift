import Autodiff
import Networks

/// The methods that weigh a layer's activations. They share one driver and differ by one rule.
///
/// Cost: one reverse pass of the part behind the layer.
package struct ClassActivationMap: AttributionMethod {
  private let rule: CAMRule

  package init(_ rule: CAMRule) { self.rule = rule }

  package var name: String { rule.name }
  package var resolution: Resolution { .layer }

  package func attribute(_ question: Question, _ progress: Progress) throws(AttributionError) -> MethodResult {
    let (pass, layer) = (question.pass, question.layer)
    let head = pass.head(behind: layer)
    let gradient = pass.gradient(of: question.target, at: head)
    let shape = head.activation.shape
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    let values = head.activation.withElements { activation in
      gradient.withElements { gradient in
        rule.map(
          LayerView(base: activation, cells: height * width, channels: channels),
          LayerView(base: gradient, cells: height * width, channels: channels))
      }
    }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(layer: layer, model: pass.classifier.name) }
    try progress.step(1, of: 1)
    return MethodResult(map: SaliencyMap(width: width, height: height, values: values))
  }
}

/// From a layer's activation A and the target's gradient G = dy/dA to a raw signed map.
package struct CAMRule: Sendable {
  /// As it stands in requests and answers.
  package let name: String
  /// Both over the same cells and channels; one value for each cell.
  let map: @Sendable (_ activation: LayerView, _ gradient: LayerView) -> [Float]
}

/// One image's values at a layer: `cells` (height x width, row-major) of `channels` each.
struct LayerView {
  let base: UnsafeBufferPointer<Float>
  let cells: Int
  let channels: Int

  func channels(of cell: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(rebasing: base[cell * channels..<(cell + 1) * channels])
  }
}
