import Autodiff
import Explain
import Foundation
import Images
import Models

/// The JSON of saliency maps with their context. See `docs/api.md` for its keys.
enum SaliencyAnswer {
  /// - Parameters:
  ///   - withPicture: whether each map's picture stands beside its numbers, as Base64 of a PNG.
  ///   - withPredictions: for where no analysis is kept that could be asked for them.
  ///   - loop: a picture is made beside the text around it.
  static func json(
    of answer: Answer, at resolution: MapResolution, withPicture: Bool, withPredictions: Bool,
    by loop: @escaping ParallelLoop
  ) throws -> [UInt8] {
    let predictions =
      withPredictions ? answer.analysis.predictions(answer.top).map(PredictionAnswer.init) : nil
    let warnings = withPredictions ? answer.analysis.warnings : []
    let maps = try answer.attributions.indices.map { place in
      try object(
        answer, place, at: resolution, withPicture: withPicture, predictions: answer.isList ? nil : predictions,
        warnings: answer.isList ? [] : warnings, by: loop)
    }
    guard answer.isList else { return maps[0] }
    var list = JSONObject()
    list.add("maps", objects: maps)
    if let predictions { try list.add(membersOf: ["predictions": predictions]) }
    if !warnings.isEmpty { try list.add(membersOf: ["warnings": warnings]) }
    return list.text()
  }

  private static func object(
    _ answer: Answer, _ place: Int, at resolution: MapResolution, withPicture: Bool, predictions: [PredictionAnswer]?,
    warnings: [String], by loop: @escaping ParallelLoop
  ) throws -> [UInt8] {
    let attribution = answer.attributions[place]
    let map = attribution.map(at: resolution)
    let made = Guarded(
      (picture: Result<Data, any Error>.success(Data()), head: Result<JSONObject, any Error>.success(JSONObject())))
    loop(2) { part in
      if part == 0 {
        let picture = Result {
          withPicture ? Data(try answer.png(place, by: loop)).base64EncodedData() : Data()
        }
        made.withLock { $0.picture = picture }
      } else {
        let head = Result {
          var object = JSONObject()
          try object.add(membersOf: MembersBeforePicture(attribution))
          return object
        }
        made.withLock { $0.head = head }
      }
    }
    let results = made.withLock { $0 }
    let picture = try results.picture.get()
    var object = try results.head.get()
    object.reserveCapacity(picture.count + 16 * map.values.count + 4096)
    if withPicture { object.add("picture_png", text: [UInt8(ascii: "\"")] + picture + [UInt8(ascii: "\"")]) }
    let receipt = answer.receipt(place, withPicture: withPicture)
    try object.add(membersOf: MembersAfterPicture(attribution, map, receipt, predictions, resolution))
    object.add("values", text: text(of: map))
    if !warnings.isEmpty { try object.add(membersOf: ["warnings": warnings]) }
    if let zero = attribution.zero { try object.add(membersOf: ZeroMembers(zero)) }
    return object.text()
  }

  /// What the map is without evidence, where that is not 0.
  private struct ZeroMembers: Encodable {
    let value: Double
    let meaning: String

    enum CodingKeys: String, CodingKey {
      case value = "zero"
      case meaning = "zero_is"
    }

    init(_ zero: MapZero) { (value, meaning) = (zero.value, zero.meaning) }
  }

  /// The rows; `null` where the network did not look.
  static func text(of map: SaliencyMap) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(16 * map.values.count + 64)
    text.append(UInt8(ascii: "["))
    for row in 0..<map.height {
      text += (row == 0 ? "[" : ",[").utf8
      for column in 0..<map.width {
        if column > 0 { text.append(UInt8(ascii: ",")) }
        let value = map.values[row * map.width + column]
        text += (value.isNaN ? "null" : value.description).utf8
      }
      text.append(UInt8(ascii: "]"))
    }
    text.append(UInt8(ascii: "]"))
    return text
  }

  private struct MembersBeforePicture: Encodable {
    /// For a contrast the class that the other is held against.
    let against: PredictionAnswer?
    let target: PredictionAnswer
    let crop: ImageRegion
    let image: ImageSize
    /// The layers looked at, comma-separated; null for a method that looks at none.
    @Nullable var layer: String?
    let maximum: Float
    let mean: Float
    let method: String
    let minimum: Float
    let model: String

    enum CodingKeys: String, CodingKey {
      case against, crop, image, layer, mean, method, model
      case target = "class"
      case maximum = "max"
      case minimum = "min"
    }

    init(_ attribution: Attribution) {
      against = attribution.against.map(PredictionAnswer.init)
      target = PredictionAnswer(attribution.prediction)
      crop = attribution.geometry.region
      image = attribution.geometry.original
      _layer = Nullable(wrappedValue: attribution.layers.isEmpty ? nil : attribution.layers.joined(separator: ","))
      maximum = attribution.map.maximum
      mean = attribution.map.mean
      method = attribution.method
      minimum = attribution.map.minimum
      model = attribution.model.name
    }
  }

  private struct MembersAfterPicture: Encodable {
    let predictions: [PredictionAnswer]?
    let receipt: IssuedReceipt
    let resolution: MapResolution
    let shape: [Int]
    let status: String

    init(
      _ attribution: Attribution, _ map: SaliencyMap, _ receipt: IssuedReceipt, _ predictions: [PredictionAnswer]?,
      _ resolution: MapResolution
    ) {
      self.predictions = predictions
      self.receipt = receipt
      self.resolution = resolution
      shape = [map.height, map.width]
      status = attribution.status.rawValue
    }
  }
}
