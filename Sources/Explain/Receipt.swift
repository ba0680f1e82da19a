import Autodiff
import Digests
package import Images
import Models
import Networks

/// All that a map and its picture depend on, and digests by which image and map are known again. The same receipt on
/// the same image gives the same bytes, at any load and any number of threads.
///
/// Encode it with sorted keys: then one receipt has one text. The keys are described in docs/methods.md.
package struct Receipt: Encodable, Hashable, Sendable {
  /// Of the keys and their meaning: 2 since there are digests.
  package static let version = 2

  var version = Self.version
  let gaze: String
  /// What the kernels were compiled for: the last bits of a map may differ between instruction sets.
  let isa: String
  package let model: Model
  package let digests: ContentDigests
  package let method: Method
  package let target: Explained
  let input: Input
  let map: Map
  let notes: NamedValues
  /// nil where no picture was made.
  let display: Display?

  package struct Model: Encodable, Hashable, Sendable {
    package let name: String
    /// nil for a network without a weight file.
    package let weightsSHA256: String?
    /// What logits are divided by before they become probabilities; nil where none is fitted.
    let temperature: Double?
    /// What the logits stand for; nil for softmax.
    let output: OutputKind?
    /// Whether the model was held against the one that it was imported from, and how far their results are apart.
    let verification: Verification

    enum CodingKeys: String, CodingKey {
      case name, temperature, output, verification
      case weightsSHA256 = "weights_sha256"
    }
  }

  /// SHA-256, in hexadecimal.
  package struct ContentDigests: Encodable, Hashable, Sendable {
    /// Of the image's file; nil, as for its pixels, where an image was not read from one.
    package let image: String?
    package let pixels: String?
    package let map: String
  }

  package struct Method: Encodable, Hashable, Sendable {
    package let name: String
    let parameters: NamedValues
    let layers: [String]
    /// nil where there was but one layer.
    let fusion: String?
    let augmentation: String
  }

  /// What is explained: the class's logit, less that of the class against.
  package struct Explained: Encodable, Hashable, Sendable {
    let value: Float
    package let `class`: Prediction
    package let against: Prediction?
  }

  /// From the upright original to the network's input: resized, then cut; lengths in pixels.
  struct Input: Encodable, Hashable {
    let original: ImageSize
    /// What the image was decoded to, and `digests.pixels` is of.
    let decoded: ImageSize?
    let resized: ImageSize
    /// In pixels of the resized picture.
    let crop: PixelRect
    let preprocessing: Preprocessing
    /// The samples that became black and white; nil where they are as stored.
    let window: [Int]?
  }

  /// The raw map, before any display; its share of negative mass and its status are of the difference from its zero.
  struct Map: Encodable, Hashable {
    let width: Int
    let height: Int
    let minimum: Float
    let maximum: Float
    let mean: Float
    /// What the map is without evidence; nil where that is 0.
    let zero: Double?
    let meaningOfZero: String?
    let shareOfNegativeMass: Double
    let status: String

    enum CodingKeys: String, CodingKey {
      case width, height, mean, zero, status
      case meaningOfZero = "zero_is"
      case minimum = "min"
      case maximum = "max"
      case shareOfNegativeMass = "share_of_negative_mass"
    }

    init(_ attribution: Attribution) {
      let (map, evidence, zero) = (attribution.map, attribution.evidence, attribution.zero)
      width = map.width
      height = map.height
      minimum = map.minimum
      maximum = map.maximum
      mean = map.mean
      self.zero = zero?.value
      meaningOfZero = zero?.meaning
      shareOfNegativeMass = evidence.shareOfNegativeMass
      status = evidence.status.rawValue
    }
  }

  /// The steps from the map to the picture; docs/pictures.md describes each.
  struct Display: Encodable, Hashable {
    let resize: String
    let evidence: String
    let range: String
    /// The magnitude that has the last colour, where the map has something to show.
    let limit: Double
    let colorMap: String
    let opacity: Double
    /// nil where the opacity is the same everywhere.
    let fade: String?
    /// Levels of the contour lines, as shares of the range.
    let contours: [Double]
    let unseen: String
    let hasColorBar: Bool
    /// Whether the map is blended over the image, or alone to be laid over it.
    let isOverlay: Bool
    /// Of the image that the map is laid over; nil where it is not told.
    let image: ImageSize?

    enum CodingKeys: String, CodingKey {
      case resize, evidence, range, limit, opacity, fade, contours, unseen, image
      case colorMap = "colormap"
      case hasColorBar = "colorbar"
      case isOverlay = "overlay"
    }

    /// - Parameter evidence: the map's difference from its zero.
    init(_ recipe: DisplayRecipe, of evidence: SaliencyMap, isOverlay: Bool, imageSize: ImageSize?) {
      resize = "bilinear"
      self.evidence = recipe.evidence.rawValue
      range = recipe.range.text
      limit = recipe.range.limit(of: evidence.showing(recipe.evidence))
      colorMap = recipe.colorMap.rawValue
      opacity = recipe.opacity
      fade = recipe.fade == .none ? nil : recipe.fade.rawValue
      contours = recipe.contours
      unseen = recipe.unseen.rawValue
      hasColorBar = recipe.hasColorBar
      self.isOverlay = isOverlay
      image = imageSize
    }
  }
}

extension DisplayRange {
  /// As it stands in receipts.
  fileprivate var text: String {
    switch self {
    case .ownMaximum: "own-maximum"
    case .fixed: "fixed"
    case .percentile(let percentage): "percentile \(percentage)"
    }
  }
}

extension Attribution {
  /// What this map depends on, and the picture of it by this recipe, if there is one.
  ///
  /// - Parameters:
  ///   - isOverlay: whether the picture is blended over the image.
  ///   - imageSize: the size of the image that the map is laid over.
  package func receipt(
    recipe: DisplayRecipe? = nil, isOverlay: Bool = true, imageSize: ImageSize? = nil
  ) -> Receipt {
    let digest = model.weightsSHA256
    return Receipt(
      gaze: gazeVersion, isa: InstructionSet.current.rawValue,
      model: Receipt.Model(
        name: model.name, weightsSHA256: digest.isEmpty ? nil : digest, temperature: model.calibration?.temperature,
        output: model.output == .softmax ? nil : model.output, verification: model.verification ?? .unverified),
      digests: Receipt.ContentDigests(
        image: image?.file.hexadecimal, pixels: image?.pixels.hexadecimal, map: map.digest.hexadecimal),
      method: Receipt.Method(
        name: method, parameters: NamedValues(values: parameters), layers: layers,
        fusion: layers.count > 1 ? fusion.rawValue : nil, augmentation: augmentation.rawValue),
      target: Receipt.Explained(
        value: prediction.logit - (against?.logit ?? 0), class: prediction, against: against),
      input: Receipt.Input(
        original: geometry.original, decoded: image?.decodedSize, resized: geometry.resized, crop: geometry.crop,
        preprocessing: model.preprocessing, window: window.map { [$0.low, $0.high] }),
      map: Receipt.Map(self), notes: NamedValues(values: notes),
      display: recipe.map { Receipt.Display($0, of: evidence, isOverlay: isOverlay, imageSize: imageSize) })
  }
}
