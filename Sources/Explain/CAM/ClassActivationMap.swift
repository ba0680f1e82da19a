import Autodiff
import Networks

/// The methods that weigh a layer's activations by the class's gradient there. They share one driver and differ by one rule.
package struct CAMRule: Sendable {
  /// As it stands in requests and answers.
  package let name: String
  /// From a layer's activation A and the logit's gradient G = dy/dA, both over the same cells and channels, to a raw signed map.
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

extension ForwardPass {
  /// The map of a class's logit over the activations of a layer, raw and signed. Runs the backward pass of the part behind the
  /// layer only.
  package func map(of classIndex: Int, by rule: CAMRule, at layer: String) throws(AnalysisError) -> SaliencyMap {
    let head = head(behind: layer)
    let gradient = gradient(of: classIndex, at: head)
    let shape = head.activation.shape
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    let values = head.activation.withElements { activation in
      gradient.withElements { gradient in
        rule.map(
          LayerView(base: activation, cells: height * width, channels: channels),
          LayerView(base: gradient, cells: height * width, channels: channels))
      }
    }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(layer: layer, model: classifier.name) }
    return SaliencyMap(width: width, height: height, values: values)
  }
}
