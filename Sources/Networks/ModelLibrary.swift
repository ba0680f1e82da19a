import Synchronization

/// The models of a store, each loaded when it is first used.
package final class ModelLibrary: Sendable {
  package let store: ModelStore
  /// The forward passes of all models of this library.
  package let passes = ForwardPassCounter()
  private let shelves = Mutex<[String: Shelf]>([:])

  /// A place for one model: several requests for it wait for one load.
  private final class Shelf: Sendable {
    let manifest: ModelManifest
    let classifier = Mutex<Classifier?>(nil)

    init(_ manifest: ModelManifest) { self.manifest = manifest }
  }

  package init(store: ModelStore) { self.store = store }

  /// The model of this name, loaded if need be. A model that was imported again since is loaded anew.
  package func classifier(_ name: String) throws(ModelStoreError) -> Classifier {
    let manifest = try store.manifest(of: name)
    let shelf = shelves.withLock { shelves in
      if let shelf = shelves[name], shelf.manifest == manifest { return shelf }
      let shelf = Shelf(manifest)
      shelves[name] = shelf
      return shelf
    }
    return try shelf.classifier.withLock { classifier throws(ModelStoreError) in
      if let classifier { return classifier }
      let loaded = try store.load(name, passes: passes)
      classifier = loaded
      return loaded
    }
  }
}
