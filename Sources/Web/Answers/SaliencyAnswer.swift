import Explain
import Foundation
import Images
import Networks

/// The JSON of a saliency map with its context. See `docs/api.md` for its keys.
struct SaliencyAnswer: Encodable {
  let model: String
  /// The layers looked at, parted by commas; null for a method that looks at none.
  @Nullable var layer: String?
  let method: String
  let status: String
  let target: PredictionAnswer
  /// For a contrast the class that the other is held against.
  let against: PredictionAnswer?
  let resolution: MapResolution
  let shape: [Int]
  /// NaN where the network did not look.
  let map: SaliencyMap
  let minimum: Float
  let maximum: Float
  let mean: Float
  let image: SizeAnswer
  let crop: RegionAnswer
  let receipt: Receipt
  /// Only where no analysis is kept that could be asked for them.
  var predictions: [PredictionAnswer]?
  /// The picture, where it is asked for.
  let display: Display?
  /// Where its PNG stands among the keys.
  let picture: String?

  enum CodingKeys: String, CodingKey {
    case model, layer, method, status, resolution, shape, mean, image, crop, predictions, against, receipt
    case picture = "picture_png"
    case target = "class"
    case minimum = "min"
    case maximum = "max"
  }

  init(
    _ attribution: Attribution, of model: String, at resolution: MapResolution, predictions: [Prediction]? = nil,
    display: Display? = nil
  ) {
    let map = attribution.map(at: resolution)
    self.model = model
    _layer = Nullable(wrappedValue: attribution.layers.isEmpty ? nil : attribution.layers.joined(separator: ","))
    method = attribution.method
    status = attribution.status.rawValue
    target = PredictionAnswer(attribution.prediction)
    against = attribution.against.map(PredictionAnswer.init)
    receipt = display?.receipt ?? attribution.receipt()
    self.resolution = resolution
    shape = [map.height, map.width]
    self.map = map
    minimum = attribution.map.minimum
    maximum = attribution.map.maximum
    mean = attribution.map.mean
    image = SizeAnswer(attribution.geometry.original)
    crop = RegionAnswer(attribution.geometry.region)
    self.predictions = predictions?.map(PredictionAnswer.init)
    self.display = display
    picture = display.map { _ in "" }
  }
}

extension SaliencyAnswer {
  /// The text. `values`, the last of the keys, and the picture's Base64 are written here: Foundation takes a microsecond for a number, of which
  /// there may be a million, and looks at each letter of a string.
  ///
  /// - Parameter loop: the picture is made beside the text around it.
  func json(by loop: @escaping ParallelLoop) throws -> [UInt8] {
    var head = Result<Data, any Error>.success(Data())
    var picture = Result<Data, any Error>.success(Data())
    loop(2) { part in
      if part == 0 {
        picture = Result { try display.map { Data(try $0.png(by: loop)).base64EncodedData() } ?? Data() }
      } else {
        head = Result { try encodeJSON(self) }
      }
    }
    let base64 = try picture.get()
    var text = [UInt8](try head.get().dropLast())
    text.reserveCapacity(text.count + base64.count + 16 * map.values.count + 64)
    // In a string these quotes would be escaped.
    if let empty = text.firstRange(of: Array("\"picture_png\":\"\"".utf8)) {
      text.insert(contentsOf: base64, at: empty.upperBound - 1)
    }
    text += ",\"values\":[".utf8
    for row in 0..<map.height {
      text += (row == 0 ? "[" : ",[").utf8
      for column in 0..<map.width {
        if column > 0 { text.append(UInt8(ascii: ",")) }
        let value = map.values[row * map.width + column]
        text += (value.isNaN ? "null" : value.description).utf8
      }
      text.append(UInt8(ascii: "]"))
    }
    text += "]}".utf8
    return text
  }
}

/// The JSON of several classes' maps, each as it is alone.
struct SaliencyListAnswer {
  private let predictions: [PredictionAnswer]?
  private let maps: [SaliencyAnswer]

  /// - Parameter predictions: only where no analysis is kept that could be asked for them.
  init(_ predictions: [Prediction]?, maps: [SaliencyAnswer]) {
    self.predictions = predictions?.map(PredictionAnswer.init)
    self.maps = maps
  }

  /// The text, its keys in alphabetical order.
  func json(by loop: @escaping ParallelLoop) throws -> [UInt8] {
    var text = [UInt8]("{\"maps\":[".utf8)
    for (index, map) in maps.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      text += try map.json(by: loop)
    }
    text.append(UInt8(ascii: "]"))
    if let predictions { text += [UInt8](",\"predictions\":".utf8) + (try encodeJSON(predictions)) }
    text.append(UInt8(ascii: "}"))
    return text
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
