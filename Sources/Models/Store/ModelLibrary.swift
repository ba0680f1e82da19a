import Synchronization

/// The models of a store, each loaded when it is first used.
///
/// Above `byteLimit` the model that has been unused for longest is unloaded; one that somebody still holds (a request,
/// a kept analysis) never is, since unloading it would free nothing.
package final class ModelLibrary: Sendable {
  /// What is loaded now, and what happened so far.
  package struct Counters: Hashable, Sendable {
    package var loadedModels = 0
    /// Bytes of the loaded models' weights.
    package var loadedBytes = 0
    package var loads = 0
    package var unloads = 0
    /// Loads that failed.
    package var failures = 0

    package init() {}
  }

  package let store: ModelStore
  /// The forward passes of all models of this library.
  package let passes = ForwardPassCounter()
  /// Bytes of weights to keep loaded; a model in use may exceed it.
  package let byteLimit: Int
  private let state = Mutex(State())

  private struct State {
    var places: [String: Place] = [:]
    /// What is known of models without their being loaded.
    var findings: [String: Finding] = [:]
    /// Counts requests: the order of use.
    var clock = 0
    var loads = 0
    var unloads = 0
    var failures = 0
  }

  private struct Place {
    let shelf: Shelf
    /// Of the manifest that the shelf was made for.
    var stamp: FileStamp?
    var lastUse: Int
    /// Of the loaded model; 0 while there is none.
    var bytes = 0
  }

  /// Whether a model would load, in one state of its two files.
  private struct Finding {
    /// Nil where a file is missing.
    let manifest: FileStamp?
    let weights: FileStamp?
    var fault: ModelStoreError?
  }

  /// Where one model is kept; several requests for it wait for one load.
  private final class Shelf: Sendable {
    let manifest: ModelManifest
    let classifier = Mutex<Classifier?>(nil)

    init(_ manifest: ModelManifest) { self.manifest = manifest }
  }

  package init(store: ModelStore, byteLimit: Int = .max) {
    self.store = store
    self.byteLimit = byteLimit
  }

  package var counters: Counters {
    state.withLock { state in
      let loaded = state.places.values.filter { $0.bytes > 0 }
      var counters = Counters()
      counters.loadedModels = loaded.count
      counters.loadedBytes = loaded.reduce(0) { $0 + $1.bytes }
      (counters.loads, counters.unloads, counters.failures) = (state.loads, state.unloads, state.failures)
      return counters
    }
  }

  /// The model of this name, loaded if need be, and again if it has been imported again since.
  package func classifier(_ name: String) throws(ModelStoreError) -> Classifier {
    let shelf = try shelf(for: name)
    return try shelf.classifier.withLock { classifier throws(ModelStoreError) in
      if let classifier { return classifier }
      // Before loading, so that the old and the new are not in memory together.
      makeRoom(for: shelf.manifest.parameterCount * MemoryLayout<Float>.size, besides: shelf)
      var finding = finding(on: name)
      let loaded: (classifier: Classifier, weightBytes: Int)
      do throws(ModelStoreError) {
        loaded = try store.loadCountingBytes(name, passes: passes)
      } catch {
        finding.fault = error
        state.withLock { state in
          state.findings[name] = finding
          state.failures += 1
        }
        throw error
      }
      state.withLock { $0.findings[name] = finding }
      classifier = loaded.classifier
      // Packed weights may take more than the file's.
      makeRoom(for: loaded.weightBytes, besides: shelf)
      state.withLock { state in
        state.loads += 1
        if state.places[name]?.shelf === shelf { state.places[name]?.bytes = loaded.weightBytes }
      }
      return loaded.classifier
    }
  }

  /// Why the model of this name would not load; nil if it is loaded, or looks whole without being read.
  ///
  /// What was found is remembered as long as neither of its files changes, the failure of a load too.
  package func fault(in name: String) -> ModelStoreError? {
    var finding = finding(on: name)
    let known = state.withLock { $0.findings[name] }
    if let known, known.manifest == finding.manifest, known.weights == finding.weights { return known.fault }
    do { try store.checkFiles(of: name) } catch { finding.fault = error }
    // What is not in the store is not remembered: its names have no bound.
    if finding.manifest != nil { state.withLock { $0.findings[name] = finding } }
    return finding.fault
  }

  /// A finding without a fault, of the files as they are now.
  private func finding(on name: String) -> Finding {
    Finding(manifest: store.manifestStamp(of: name), weights: store.weightsStamp(of: name))
  }

  /// The shelf of the model as the store has it now. The manifest is read again only if its file has been replaced.
  private func shelf(for name: String) throws(ModelStoreError) -> Shelf {
    let stamp = store.manifestStamp(of: name)
    if let stamp, let known = shelf(of: name, stamped: stamp) { return known }
    let manifest = try store.manifest(of: name)
    return state.withLock { state in
      state.clock += 1
      if let place = state.places[name], place.shelf.manifest == manifest {
        state.places[name]?.stamp = stamp
        state.places[name]?.lastUse = state.clock
        return place.shelf
      }
      let shelf = Shelf(manifest)
      state.places[name] = Place(shelf: shelf, stamp: stamp, lastUse: state.clock)
      return shelf
    }
  }

  private func shelf(of name: String, stamped stamp: FileStamp) -> Shelf? {
    state.withLock { state in
      guard let place = state.places[name], place.stamp == stamp else { return nil }
      state.clock += 1
      state.places[name]?.lastUse = state.clock
      return place.shelf
    }
  }

  /// Unloads idle models, the longest unused first, until `bytes` more stay within the limit.
  private func makeRoom(for bytes: Int, besides shelf: Shelf) {
    state.withLock { state in
      let loaded = state.places.filter { $0.value.bytes > 0 && $0.value.shelf !== shelf }
      var total = loaded.values.reduce(0) { $0 + $1.bytes }
      for (name, place) in loaded.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
        if total <= byteLimit - min(bytes, byteLimit) { return }
        // A shelf whose lock is taken is in use at this moment.
        let isUnloaded = place.shelf.classifier.withLockIfAvailable { classifier in
          guard classifier != nil, isKnownUniquelyReferenced(&classifier) else { return false }
          classifier = nil
          return true
        }
        guard isUnloaded == true else { continue }
        state.places[name]?.bytes = 0
        state.unloads += 1
        total -= place.bytes
      }
    }
  }
}
