import Explain
import Foundation
import Images
import Networks

/// The JSON of a saliency map with its context. See `docs/api.md` for its keys.
struct SaliencyAnswer: Encodable {
  let model: String
  let layer: String
  let method: String
  let status: String
  let target: PredictionAnswer
  let resolution: MapResolution
  let shape: [Int]
  /// Rows from the top; nil where the network did not look.
  let values: [[Float?]]
  let minimum: Float
  let maximum: Float
  let mean: Float
  let image: SizeAnswer
  let crop: RegionAnswer
  /// Only where no analysis is kept that could be asked for them.
  var predictions: [PredictionAnswer]?
  /// A PNG in Base64, where it is asked for.
  var picture: String?

  enum CodingKeys: String, CodingKey {
    case model, layer, method, status, resolution, shape, values, mean, image, crop, predictions
    case picture = "picture_png"
    case target = "class"
    case minimum = "min"
    case maximum = "max"
  }

  init(
    _ attribution: Attribution, of model: String, at resolution: MapResolution, predictions: [Prediction]? = nil,
    png: [UInt8]? = nil
  ) {
    let map = attribution.map(at: resolution)
    self.model = model
    layer = attribution.layers[0]
    method = attribution.method
    status = attribution.status.rawValue
    target = PredictionAnswer(attribution.prediction)
    self.resolution = resolution
    shape = [map.height, map.width]
    values = (0..<map.height).map { row in
      map.values[row * map.width..<(row + 1) * map.width].map { $0.isNaN ? nil : $0 }
    }
    minimum = attribution.map.minimum
    maximum = attribution.map.maximum
    mean = attribution.map.mean
    image = SizeAnswer(attribution.geometry.original)
    crop = RegionAnswer(attribution.geometry.region)
    self.predictions = predictions?.map(PredictionAnswer.init)
    picture = png.map { Data($0).base64EncodedString() }
  }
}

/// The grid on which a map is given.
enum MapResolution: String, CaseIterable, Encodable {
  /// As computed.
  case layer
  /// The network's input.
  case input
  /// The upright original.
  case image
}

extension Attribution {
  func map(at resolution: MapResolution) -> SaliencyMap {
    switch resolution {
    case .layer: map
    case .input: mapOnInput()
    case .image: mapOnImage()
    }
  }

  /// How many numbers the map has at a resolution, known before it is made.
  func valueCount(at resolution: MapResolution) -> Int {
    switch resolution {
    case .layer: map.values.count
    case .input: geometry.crop.width * geometry.crop.height
    case .image: geometry.original.pixelCount
    }
  }
}
