import Networks

/// What a model has besides its weights: how pictures become its input and what its classes are called, taken from what
/// was ordered, else from the file's metadata, else from the network.
struct ImportDetails {
  private let order: CheckpointImport
  private let stated: PublishedConfiguration
  private let architecture: Architecture

  init(_ order: CheckpointImport, _ stated: PublishedConfiguration, _ architecture: Architecture) {
    self.order = order
    self.stated = stated
    self.architecture = architecture
  }

  /// - Returns: the preprocessing, and a sentence that says it and where it is from.
  func preprocessing() throws(PreprocessingFault) -> (value: Preprocessing, note: String) {
    var change = PreprocessingChange()
    var sources: [String] = []
    if !order.preprocessing.isEmpty { sources.append("the command line") }
    if let preset = order.preset {
      change = try PreprocessingPreset.named(preset)
      sources.append(preset)
    } else if let published = stated.preprocessing {
      change = published.value
      sources.append(published.source)
    } else if let fault = stated.fault, order.preprocessing.isEmpty {
      throw fault
    }
    let result = try change.overridden(by: order.preprocessing).applied(
      to: architecture.preprocessing, sides: architecture.inputSides)
    if sources.isEmpty {
      return (
        result,
        "Preprocessing: \(result). The file says nothing of it, so it is that of the network's published weights; "
          + "--preprocessing, --mean and their like set another."
      )
    }
    return (result, "Preprocessing, by \(sources.joined(separator: ", else ")): \(result).")
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
