import Autodiff
package import Images
import Models

/// How many passes through the network something takes, beyond the one that the analysis made.
///
/// A pass through a part of the network counts as a whole one: after a layer, up to it, or of what a changed window
/// reaches.
package struct Cost: Hashable, Sendable {
  /// Runs of one image each.
  package var forward: Int
  /// Cotangents of one image each, from the logits back to a layer or to the input.
  package var reverse: Int
  /// Whether it is just as many; else it is at most as many, since the image decides.
  package var isExact: Bool

  package init(forward: Int = 0, reverse: Int = 0, isExact: Bool = true) {
    self.forward = forward
    self.reverse = reverse
    self.isExact = isExact
  }

  package var passes: Int { forward + reverse }

  package static func + (one: Cost, other: Cost) -> Cost {
    Cost(
      forward: one.forward + other.forward, reverse: one.reverse + other.reverse,
      isExact: one.isExact && other.isExact)
  }

  package static func * (count: Int, cost: Cost) -> Cost {
    Cost(forward: count * cost.forward, reverse: count * cost.reverse, isExact: cost.isExact)
  }
}

/// What the cost of an answer follows from: the question without its numbers.
package struct QuestionShape: Hashable, Sendable {
  /// The network's input.
  package let input: ImageSize
  /// How many channels the layer has; of no meaning to a method that looks at none.
  package let layerChannels: Int
  package let targets: Int
  /// Whether the pass has recorded what comes after the layer; else a method that looks at it has to run that part
  /// again.
  package let isRecorded: Bool

  package init(input: ImageSize, layerChannels: Int, targets: Int, isRecorded: Bool) {
    self.input = input
    self.layerChannels = layerChannels
    self.targets = targets
    self.isRecorded = isRecorded
  }

  /// What it takes to look at the layer: see `ForwardPass.head(after:)`.
  package var head: Cost { Cost(forward: isRecorded ? 0 : 1) }
}

extension Analysis {
  /// What `explain` takes for the same arguments. Nothing is run to find out.
  package func cost(
    of method: any AttributionMethod, targets: Int = 1, layers: [String] = [],
    augmentation: TestTimeAugmentation = .none
  ) throws(AttributionError) -> Cost {
    let copies = augmentation.changes.count
    var cost = Cost(forward: copies)
    for layer in try questionLayers(layers, by: method) {
      let shape = pass.questionShape(at: layer, targets: targets)
      let ofCopy = QuestionShape(
        input: shape.input, layerChannels: shape.layerChannels, targets: targets, isRecorded: false)
      cost = cost + method.cost(of: shape) + copies * method.cost(of: ofCopy)
    }
    return cost
  }
}

extension Analysis {
  /// What the maps take that are asked for, those included that only share the range.
  package func cost(of asked: ResolvedAsk) throws(AttributionError) -> Cost {
    let maps = Set(asked.maps(mostLikely: pass.logits.indices(ofLargest:)) + asked.sharingMaps)
    var sum = Cost()
    for alike in MapAsk.groups(of: Array(maps)) { sum = sum + (try cost(of: alike)) }
    return sum
  }

  /// What maps take together that differ in their class alone.
  func cost(of alike: [MapAsk]) throws(AttributionError) -> Cost {
    for map in alike { try map.target.check(classCount: pass.logits.count) }
    return try cost(
      of: alike[0].method.method, targets: alike.count, layers: alike[0].layers, augmentation: alike[0].augmentation)
  }
}

extension Ask {
  /// About how many passes the maps take, by a network of usual size: before a model is at hand, and so what
  /// `Analysis.cost` says of it.
  package var likelyPasses: Int {
    let shape = QuestionShape(
      input: ImageSize(width: 224, height: 224), layerChannels: 1024, targets: classes.count, isRecorded: true)
    let passes = methods.all.reduce(0) { $0 + $1.method.cost(of: shape).passes }
    return passes * max(layers.count, 1) * (1 + augmentation.changes.count)
  }
}

extension ForwardPass {
  func questionShape(at layer: String, targets: Int) -> QuestionShape {
    QuestionShape(
      input: ImageSize(width: input.shape[2], height: input.shape[1]), layerChannels: channels(of: layer),
      targets: targets, isRecorded: hasRecorded(after: layer))
  }
}
