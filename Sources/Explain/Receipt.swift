package import Images
import Models
import Networks

/// All that a map and its picture depend on besides the image. The same receipt on the same image gives the same bytes, at any load and any
/// number of threads.
///
/// Encode it with sorted keys: then one receipt has one text. The keys are described in docs/methods.md.
package struct Receipt: Encodable, Hashable, Sendable {
  let gaze: String
  let model: Model
  let method: Method
  let target: Explained
  let input: Input
  let map: Map
  let notes: Values
  /// nil where no picture was made.
  let display: Display?

  struct Model: Encodable, Hashable {
    let name: String
    /// nil for a network that no weight file stands behind.
    let weightsSHA256: String?

    enum CodingKeys: String, CodingKey {
      case name
      case weightsSHA256 = "weights_sha256"
    }
  }

  struct Method: Encodable, Hashable {
    let name: String
    let parameters: Values
    let layers: [String]
    /// nil where there was but one layer.
    let fusion: String?
    let augmentation: String
  }

  /// What is explained: the class's logit, less that of the class against.
  struct Explained: Encodable, Hashable {
    let value: Float
    let `class`: Class
    let against: Class?
  }

  struct Class: Encodable, Hashable {
    let index: Int
    let wnid: String?
    let label: String
    let logit: Float
    let probability: Float

    init(_ prediction: Prediction) {
      index = prediction.label.index
      wnid = prediction.label.wnid
      label = prediction.label.name
      logit = prediction.logit
      probability = prediction.probability
    }
  }

  /// From the upright original to the network's input: resized, then cut; lengths in pixels.
  struct Input: Encodable, Hashable {
    let original: Size
    let resized: Size
    /// In pixels of the resized picture.
    let crop: Rectangle
    let preprocessing: Preprocessing
  }

  struct Size: Encodable, Hashable {
    let width: Int
    let height: Int

    init(_ size: ImageSize) {
      width = size.width
      height = size.height
    }
  }

  struct Rectangle: Encodable, Hashable {
    let x: Int
    let y: Int
    let width: Int
    let height: Int

    init(_ rect: PixelRect) {
      x = rect.x
      y = rect.y
      width = rect.width
      height = rect.height
    }
  }

  /// The raw map, before any display.
  struct Map: Encodable, Hashable {
    let width: Int
    let height: Int
    let minimum: Float
    let maximum: Float
    let mean: Float
    let shareOfNegativeMass: Double
    let status: String

    enum CodingKeys: String, CodingKey {
      case width, height, mean, status
      case minimum = "min"
      case maximum = "max"
      case shareOfNegativeMass = "share_of_negative_mass"
    }

    init(_ map: SaliencyMap) {
      width = map.width
      height = map.height
      minimum = map.minimum
      maximum = map.maximum
      mean = map.mean
      shareOfNegativeMass = map.shareOfNegativeMass
      status = map.status.rawValue
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
    /// Levels of the contour lines, as shares of the range.
    let contours: [Double]
    let unseen: String
    let hasColorBar: Bool
    /// Whether the map is blended over the image, or alone to be laid over it.
    let isOverlay: Bool
    /// Of the image that the map is laid over; nil where it is not told.
    let image: Size?

    enum CodingKeys: String, CodingKey {
      case resize, evidence, range, limit, opacity, contours, unseen, image
      case colorMap = "colormap"
      case hasColorBar = "colorbar"
      case isOverlay = "overlay"
    }

    init(_ recipe: DisplayRecipe, of map: SaliencyMap, isOverlay: Bool, imageSize: ImageSize?) {
      resize = "bilinear"
      evidence = recipe.evidence.rawValue
      range = recipe.range.text
      limit = recipe.range.limit(of: map.showing(recipe.evidence))
      colorMap = recipe.colorMap.rawValue
      opacity = recipe.opacity
      contours = recipe.contours
      unseen = recipe.unseen.rawValue
      hasColorBar = recipe.hasColorBar
      self.isOverlay = isOverlay
      image = imageSize.map(Size.init)
    }
  }

  /// Named values as one JSON object.
  struct Values: Encodable, Hashable {
    let values: [MethodParameter]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }

      init(_ name: String) { stringValue = name }
      init?(stringValue: String) { self.init(stringValue) }
      init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      for parameter in values {
        let key = Key(parameter.name)
        switch parameter.value {
        case .integer(let value): try container.encode(value, forKey: key)
        case .number(let value): try container.encode(value, forKey: key)
        case .text(let value): try container.encode(value, forKey: key)
        case .flag(let value): try container.encode(value, forKey: key)
        }
      }
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
      gaze: gazeVersion,
      model: Receipt.Model(name: model.name, weightsSHA256: digest.isEmpty ? nil : digest),
      method: Receipt.Method(
        name: method, parameters: Receipt.Values(values: parameters), layers: layers,
        fusion: layers.count > 1 ? fusion.rawValue : nil, augmentation: augmentation.rawValue),
      target: Receipt.Explained(
        value: prediction.logit - (against?.logit ?? 0), class: Receipt.Class(prediction),
        against: against.map(Receipt.Class.init)),
      input: Receipt.Input(
        original: Receipt.Size(geometry.original), resized: Receipt.Size(geometry.resized),
        crop: Receipt.Rectangle(geometry.crop), preprocessing: model.preprocessing),
      map: Receipt.Map(map), notes: Receipt.Values(values: notes),
      display: recipe.map { Receipt.Display($0, of: map, isOverlay: isOverlay, imageSize: imageSize) })
  }
}
