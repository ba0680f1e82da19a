package import Models
import Networks

/// Where the service gets its models: the library of the store, or a few networks that a test has built.
package protocol ModelProvider: Sendable {
  /// The forward passes of all its models.
  var passes: ForwardPassCounter { get }

  /// What is loaded, and how often models were loaded and unloaded.
  var counters: ModelLibrary.Counters { get }

  /// What there is, in the order of names.
  func list() -> [ModelManifest]

  /// Why the model of this name would not load; nil if it would, as far as that is known without loading it.
  func fault(in name: String) -> ModelStoreError?

  /// The model of this name, loaded if need be; blocks meanwhile.
  func classifier(_ name: String) throws(ModelStoreError) -> Classifier

  /// Whether a report of the model is kept with it.
  func hasReport(of name: String) -> Bool

  /// A file of that report, `report.json` or a picture; nil where there is none. Reads it.
  func reportFile(_ file: String, of name: String) -> [UInt8]?

  /// What builds copies of a model with random weights; nil where no stored weights stand behind it. Blocks meanwhile.
  func randomiser(of classifier: Classifier, seed: UInt64) throws(ModelStoreError) -> ModelRandomiser?
}

extension ModelProvider {
  /// Models that are in memory cannot fail to load.
  package func fault(in name: String) -> ModelStoreError? { nil }

  /// And nobody evaluated them.
  package func hasReport(of name: String) -> Bool { false }
  package func reportFile(_ file: String, of name: String) -> [UInt8]? { nil }
}

extension ModelLibrary: ModelProvider {
  package func list() -> [ModelManifest] { store.list().models }

  package func hasReport(of name: String) -> Bool { store.hasReport(of: name) }

  package func reportFile(_ file: String, of name: String) -> [UInt8]? { store.reportFile(file, of: name) }

  package func randomiser(of classifier: Classifier, seed: UInt64) throws(ModelStoreError) -> ModelRandomiser? {
    try store.randomiser(of: classifier, seed: seed)
  }
}
