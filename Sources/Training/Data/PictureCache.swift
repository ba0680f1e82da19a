import Images
import Networks
import Synchronization

/// A picture at the size that a network sees it.
struct PreparedPicture: Sendable {
  /// The whole picture, resized.
  let image: RGBImage
  /// What of it the network sees when it is not augmented.
  let view: PixelRect
  /// Where its object is, if a step of the augmentation asks.
  let foreground: ObjectMask?
}

/// The pictures of a data set, decoded once and kept while they fit into a budget of bytes.
///
/// An epoch comes to each picture once, so that nothing is gained by giving one up for another: those that came first
/// stay.
final class PictureCache: Sendable {
  /// What is kept of a picture: whichever has fewer pixels.
  private enum Kept {
    case decoded(DecodedImage, ObjectMask?)
    case prepared(PreparedPicture)

    var byteCount: Int {
      switch self {
      case .decoded(let decoded, let foreground): decoded.image.pixels.count + (foreground?.isObject.count ?? 0)
      case .prepared(let picture): picture.image.pixels.count + (picture.foreground?.isObject.count ?? 0)
      }
    }
  }

  /// What pictures are prepared for.
  enum Purpose {
    /// To be seen as they are: they end where the view does.
    case evaluation
    /// To be augmented by steps that ask for the object, or do not.
    case augmentation(needsForeground: Bool)
  }

  private struct State {
    var pictures: [Kept?]
    var byteCount = 0
  }

  private let paths: [String]
  private let preprocessing: Preprocessing
  private let purpose: Purpose
  private let budget: Int
  private let state: Mutex<State>

  /// - Parameter budget: bytes of pixels to keep at most.
  init(paths: [String], preprocessing: Preprocessing, for purpose: Purpose, budget: Int) {
    self.paths = paths
    self.preprocessing = preprocessing
    self.purpose = purpose
    self.budget = budget
    state = Mutex(State(pictures: Array(repeating: nil, count: paths.count)))
  }

  /// Bytes of pixels that are kept now.
  var byteCount: Int { state.withLock { $0.byteCount } }

  /// The picture of a number.
  func picture(_ index: Int) throws(DatasetError) -> PreparedPicture {
    switch state.withLock({ $0.pictures[index] }) {
    case .prepared(let picture): return picture
    case .decoded(let decoded, let foreground): return prepared(decoded, foreground)
    case nil: break
    }
    let decoded = try decode(paths[index])
    let picture = prepared(decoded, foreground(of: decoded))
    let isSmaller = decoded.image.pixels.count < picture.image.pixels.count
    let kept: Kept = isSmaller ? .decoded(decoded, picture.foreground) : .prepared(picture)
    state.withLock { state in
      guard state.pictures[index] == nil, state.byteCount + kept.byteCount <= budget else { return }
      state.pictures[index] = kept
      state.byteCount += kept.byteCount
    }
    return picture
  }

  private func prepared(_ decoded: DecodedImage, _ foreground: ObjectMask?) -> PreparedPicture {
    switch purpose {
    case .evaluation:
      let image = preprocessing.crop(of: decoded).image
      return PreparedPicture(
        image: image, view: PixelRect(x: 0, y: 0, width: image.width, height: image.height), foreground: nil)
    case .augmentation:
      return PreparedPicture(
        image: preprocessing.resized(decoded), view: preprocessing.geometry(of: decoded.originalSize).crop,
        foreground: foreground)
    }
  }

  private func foreground(of decoded: DecodedImage) -> ObjectMask? {
    if case .augmentation(needsForeground: true) = purpose { ObjectMask(of: decoded) } else { nil }
  }

  private func decode(_ path: String) throws(DatasetError) -> DecodedImage {
    do {
      return try ImageFile.decode(ImageFile.read(path), atLeast: preprocessing.smallestSource)
    } catch {
      throw .lostImage(path: path, reason: error.reason)
    }
  }
}
