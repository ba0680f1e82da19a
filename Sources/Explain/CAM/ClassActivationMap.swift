import Autodiff
package import Images

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

extension Analysis {
  /// Explains a class's logit by the activations of a layer. Runs the backward pass of the part behind the layer only.
  ///
  /// - Parameters:
  ///   - classIndex: of the class to explain.
  ///   - layer: one of the network's layers; its own target layer if nil.
  package func explain(
    _ classIndex: Int, by rule: CAMRule = .gradCAM, at layer: String? = nil
  ) throws(AnalysisError) -> Attribution {
    let head = head(behind: layer ?? defaultLayer)
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
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(layer: head.layer, model: classifier.name) }
    return Attribution(
      method: rule.name, layer: head.layer, target: prediction(classIndex),
      map: SaliencyMap(width: width, height: height, values: values), geometry: geometry)
  }
}
