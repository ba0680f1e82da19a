import Autodiff
import Models
package import Networks

/// The Grad-CAM maps of all classes at once: L[i, j, c] = (sum over k of w_ck A[i, j, k]) / cells, where only a mean
/// over space and one fully connected layer, w, follow the layer that gives A. Then each class's gradient is its row of
/// w divided by the number of cells at every cell, and all maps are one matrix product: the layer itself, run on every
/// cell instead of on their mean.
///
/// Source: Zhou et al., "Learning Deep Features for Discriminative Localization", arXiv 1512.04150, equation 2; that
/// Grad-CAM gives the same map there: Selvaraju et al., arXiv 1610.02391, section 3.1.
///
/// Property: each class's map is Grad-CAM's and HiResCAM's of that class, but for the rounding of its numbers.
package struct ClassCube: Sendable {
  package let height: Int
  package let width: Int
  package let classCount: Int
  /// `height * width * classCount` numbers, the class running fastest. Times `scale` they are the maps'.
  package let values: [Float16]
  /// 1, or the least power of two by which numbers that Float16 does not reach were divided.
  package let scale: Float

  /// The raw numbers as a NumPy file of float16: [H, W, classes].
  package var npy: [UInt8] { NPY.encode(halves: values, shape: [height, width, classCount]) }

  /// - Parameter values: `height * width * classCount`, the class running fastest.
  init(height: Int, width: Int, classCount: Int, values: [Float]) {
    let largest = values.reduce(0) { max($0, abs($1)) }
    var scale: Float = 1
    while largest / scale > Float(Float16.greatestFiniteMagnitude) { scale *= 2 }
    self.height = height
    self.width = width
    self.classCount = classCount
    self.scale = scale
    self.values = values.map { Float16($0 / scale) }
  }
}

extension Network {
  /// The layers at which the maps of all classes are one product, and the head that gives it; nil where the network
  /// does not end in a mean over space and one fully connected layer. A mean may also follow the last layer, as
  /// SqueezeNet's does; then there is no fully connected one.
  fileprivate var cubeHead: (readout: MeanReadout, head: Head)? {
    guard let meanReadout, let head, meanReadout.layers.contains(head.layer) else { return nil }
    return (meanReadout, head)
  }

  /// Whether `Analysis.classCube` gives the maps at the target layer.
  package var hasClassCube: Bool { cubeHead?.readout.layers.contains(targetLayer) ?? false }
}

extension Analysis {
  /// The maps of all classes by Grad-CAM, or by HiResCAM, which is the same here.
  ///
  /// - Parameter layer: nil for the network's own target layer.
  /// - Throws: where the maps of this method, model and layer are not one product.
  package func classCube(by method: MethodChoice, layer: String? = nil) throws(AskError) -> ClassCube {
    let network = classifier.network
    let layer = layer ?? network.targetLayer
    guard [CAMRule.gradCAM.name, CAMRule.hiResCAM.name].contains(method.name) else {
      throw AskError(
        .method,
        "All classes at once can be had by grad-cam and hirescam alone, whose maps are one product. For "
          + "'\(method.name)' name up to \(Ask.maximumClasses) classes: classes=281,282.")
    }
    guard let (readout, head) = network.cubeHead else {
      throw AskError(
        .layer,
        "All classes at once can be had of models whose last layers are a mean over space and one fully connected "
          + "layer, and '\(classifier.name)' ends otherwise. Name up to \(Ask.maximumClasses) classes: classes=281,282."
      )
    }
    guard readout.layers.contains(layer) else {
      throw AskError(
        .layer,
        "All classes at once can be had at the layer before the mean alone: \(readout.layers.joined(separator: ", ")).")
    }
    let activation = pass.head(after: layer).activation
    let (height, width, channels) = (activation.shape[1], activation.shape[2], activation.shape[3])
    let cells = height * width
    let tape = Tape(engine: pass.engine)
    let products = head.classify(tape.constant(activation.reshaped([cells, channels]))).value
    let count = products.shape[1]
    let biases = (0..<count).map { readout.bias(of: $0) }
    var values = products.elements
    for cell in 0..<cells {
      for index in 0..<count {
        values[cell * count + index] = (values[cell * count + index] - biases[index]) / Float(cells)
      }
    }
    guard values.allSatisfy({ $0.isFinite }) else {
      throw AskError(.layer, "The layer '\(layer)' gave numbers that are not finite, so there are no maps.")
    }
    return ClassCube(height: height, width: width, classCount: count, values: values)
  }
}
