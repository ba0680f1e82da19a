import Images
import Networks

/// What a model has besides its weights: how pictures become its input and what its classes are called, taken from what
/// was ordered, else from the file's metadata, else from the network.
struct ImportDetails {
  private let order: CheckpointImport
  private let stated: PublishedConfiguration
  private let architecture: Architecture
  private let seesGrey: Bool

  /// - Parameter seesGrey: whether the file's network sees one channel.
  init(
    _ order: CheckpointImport, _ stated: PublishedConfiguration, _ architecture: Architecture, seesGrey: Bool = false
  ) {
    self.order = order
    self.stated = stated
    self.architecture = architecture
    self.seesGrey = seesGrey
  }

  /// What the network's published weights are fed with; where one channel is seen, with means for all three.
  private var usualPreprocessing: Preprocessing {
    guard seesGrey else { return architecture.preprocessing }
    func same(_ values: [Float]) -> [Float] { [Float](repeating: values.reduce(0, +) / 3, count: 3) }
    var preprocessing = architecture.preprocessing
    (preprocessing.mean, preprocessing.deviation) = (same(preprocessing.mean), same(preprocessing.deviation))
    preprocessing.channelOrder = .rgb
    return preprocessing
  }

  /// - Parameters:
  ///   - network: a file's position embeddings may be for another size than the paper's, which is then the input's
  ///     unless another is said.
  ///   - statistics: layers beside the network that scale its input, of a file that does not say how.
  /// - Returns: the preprocessing, and sentences that say it and where it is from.
  func preprocessing(
    _ network: Network, statistics: [String]
  ) throws(PreprocessingFault) -> (value: Preprocessing, notes: [String]) {
    let tokens = network.tokens
    var change = PreprocessingChange()
    var sources: [String] = []
    if !order.preprocessing.isEmpty { sources.append("the command line") }
    if let preset = order.preset {
      change = try PreprocessingPreset.named(preset)
      sources.append(preset)
    } else if let published = stated.preprocessing {
      change = published.value
      if stated.includesNetworksScaling, let own = network.inputScaling { change.leaveOut(own) }
      sources.append(published.source)
    } else if order.preprocessing.isEmpty {
      if let fault = stated.fault { throw fault }
      if let layer = statistics.first {
        throw .unsupported("the layer \(layer)", "a scaling that the weights alone do not place")
      }
    }
    change = change.overridden(by: order.preprocessing)
    if change.size == nil { change.size = stated.inputSize ?? Self.learnedSize(of: tokens) }
    if seesGrey { change.channelOrder = .rgb }
    let result = try change.applied(to: usualPreprocessing, sides: architecture.inputSides)
    let note =
      sources.isEmpty
      ? "Preprocessing: \(result). The file says nothing of it, so it is that of the network's published weights; "
        + "--preprocessing, --mean and their like set another."
      : "Preprocessing, by \(sources.joined(separator: ", else ")): \(result)."
    return (result, [note, tokens.flatMap { Self.note(on: $0, result) }].compactMap(\.self))
  }

  /// The input that position embeddings were learned for, where it is not the paper's.
  private static func learnedSize(of tokens: TokenGrid?) -> ImageSize? {
    guard let tokens, tokens.learnedSide != tokens.usualSide else { return nil }
    return ImageSize(width: tokens.learnedSide, height: tokens.learnedSide)
  }

  /// Says that position embeddings are not those of the paper's grid, or not of the input's.
  private static func note(on tokens: TokenGrid, _ preprocessing: Preprocessing) -> String? {
    let learned = tokens.learnedSide / tokens.patch
    let (rows, columns) = tokens.extent(of: preprocessing.inputShape)
    if (rows, columns) != (learned, learned) {
      return "The position embeddings, of \(learned) x \(learned) patches, are resized to \(rows) x \(columns)."
    }
    return tokens.learnedSide == tokens.usualSide
      ? nil : "The position embeddings are those of \(learned) x \(learned) patches."
  }

  /// - Parameter count: of the last layer's outputs; one sigmoid is between two classes, where two are named.
  /// - Returns: the classes, nil for ImageNet's, and a sentence where they were not given.
  func classes(
    count: Int, _ output: OutputKind
  ) throws(ModelStoreError) -> (value: [ClassLabel]?, note: String?) {
    let numbered = output.unnamedLabels(count: count).classes
    if order.numbersClasses { return (numbered, nil) }
    if let file = order.labels {
      let isBetweenTwo = output == .sigmoid && count == 1 && file.labels.count == 2
      do { return (try file.labels(forClasses: isBetweenTwo ? 2 : count).classes, nil) } catch { throw .labels(error) }
    }
    if let names = stated.labels {
      guard names.value.count == count else {
        return (
          numbered,
          "\(names.source) names \(names.value.count) classes and the network has \(count), so they are numbered."
        )
      }
      let labels = names.value.enumerated().map { ClassLabel(index: $0, name: $1) }
      return (labels, "The classes' names are from \(names.source).")
    }
    guard output.isProbability else { return (numbered, nil) }
    guard count == Labels.imageNet.count else {
      return (numbered, "The classes are numbered; --labels names them.")
    }
    return (
      nil,
      "The classes have ImageNet's names, since there are \(count) of them; --labels gives others, --no-labels none."
    )
  }
}
