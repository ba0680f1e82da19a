import Autodiff

/// A network that Gaze knows: how to build it, how to recognise its weights, what it is fed with and where it is
/// published.
///
/// Its family's file makes this value beside the paper's table. Nothing has a default, so that nothing is forgotten.
package struct Architecture: Sendable {
  /// As users write it: `efficientnet-lite0`.
  package let name: String
  package let title: String
  /// What the published checkpoints expect.
  package let preprocessing: Preprocessing
  /// Heights and widths of square inputs that the network can take.
  package let inputSides: ClosedRange<Int>
  package let signature: NetworkSignature
  package let head: HeadWeight
  /// Whose files can be read, in the order in which they are tried.
  package let conventions: [NameConvention]
  /// Files that can be fetched.
  package let checkpoints: [PublishedCheckpoint]
  /// Builds the network; every parameter that the reader's source holds must be used.
  package let build: @Sendable (WeightReader) throws(WeightError) -> Network
}

extension Architecture {
  /// The filter that reads the three colours of the image.
  package var colourFilter: ParameterDescription? {
    let account = WeightAccount(head: head)
    guard (try? build(WeightReader(describing: account))) != nil else { return nil }
    return account.entries.map { $0.parameter }.first {
      $0.role == .convolution && $0.shape.rank == 4 && $0.shape[2] == 3
    }
  }
}
