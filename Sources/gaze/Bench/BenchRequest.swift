import Foundation
import Images
import Load

/// What the server may be asked for.
enum BenchRequest: String, CaseIterable {
  /// An upload with its picture, predictions and numbers: what a first look costs.
  case explain
  /// An upload with its predictions alone.
  case predict
  /// Another class of an analysis that is kept: no upload, no forward pass.
  case heatmap
  /// A method of 200 passes.
  case long
  /// An answer that costs nothing: what the connection alone can do.
  case health

  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// - Parameter images: files.
  func prepared(_ images: [[UInt8]], _ target: BenchTarget) async throws -> LoadKind {
    switch self {
    case .explain:
      kind(uploads(images, "/api/explain?include=picture&side=224", accept: "application/json", target))
    case .predict:
      try kind(
        images.map { image in
          let body = try JSONEncoder().encode(["instances": [["b64": Data(image).base64EncodedString()]]])
          return target.request("POST", "/v1/models/\(target.encodedModel):predict", body: body)
        })
    case .heatmap: kind(try await heatmaps(images[0], target))
    case .long: kind(uploads(images, "/api/explain?method=rise&masks=200", accept: "image/png", target))
    case .health: kind([target.request("GET", "/livez")])
    }
  }

  private func kind(_ requests: [LoadRequest]) -> LoadKind { LoadKind(rawValue, requests) }

  private func uploads(
    _ images: [[UInt8]], _ path: String, accept: String, _ target: BenchTarget
  ) -> [LoadRequest] {
    images.map { target.request("POST", "\(path)&model=\(target.encodedModel)", accept: accept, body: $0) }
  }

  /// One analysis, asked for its most likely classes in turn.
  private func heatmaps(_ image: [UInt8], _ target: BenchTarget) async throws -> [LoadRequest] {
    struct Analysis: Decodable {
      struct Prediction: Decodable { let index: Int }
      struct Links: Decodable { let heatmap: String }
      let predictions: [Prediction]
      let links: Links
    }
    let request = target.request("POST", "/api/analyses?top=5&model=\(target.encodedModel)", body: image)
    let answer = try await target.answer(to: request)
    guard answer.isGood, let analysis = try? JSONDecoder().decode(Analysis.self, from: Data(answer.body)) else {
      throw Failure(
        .unavailable,
        "the server makes no analysis of the picture: \(String(decoding: answer.body.prefix(400), as: UTF8.self))")
    }
    return analysis.predictions.map { target.request("GET", "\(analysis.links.heatmap)?class=index:\($0.index)") }
  }

  /// A picture of 224 x 224 pixels with edges and colours, as JPEG.
  static func picture() -> [UInt8] {
    let side = 224
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * side * side)
    for y in 0..<side {
      for x in 0..<side {
        let (dx, dy) = (x - side / 2, y - side / 2)
        let isDisc = dx * dx + dy * dy < 70 * 70
        pixels += [UInt8(isDisc ? 220 : x), UInt8(isDisc ? 40 + y / 2 : y), UInt8((x / 16 + y / 16) % 2 * 80 + 60)]
      }
    }
    return encodeJPEG(RGBImage(size: ImageSize(width: side, height: side), pixels: pixels))
  }
}

/// The server that is measured.
struct BenchTarget: Sendable {
  let address: LoadAddress
  let headers: [LoadRequest.Header]
  let model: String

  /// Looks whether it is Gaze, and which model it takes.
  init(address: LoadAddress, token: String?, model: String?) async throws {
    self.address = address
    headers = token.map { [LoadRequest.Header("Authorization", "Bearer \($0)")] } ?? []
    struct Models: Decodable { let `default`: String }
    let answer = try await Self.answer(to: LoadRequest("GET", "/api/models", headers: headers), from: address)
    if answer.status == 401 {
      throw Failure(.unavailable, "the server asks for a bearer token; name a file with a good one by --token-file.")
    }
    guard answer.isGood, let models = try? JSONDecoder().decode(Models.self, from: Data(answer.body)) else {
      throw Failure(
        .unavailable,
        "what answers at port \(address.port) of \(address.host) is not Gaze (status \(answer.status) for /api/models)."
      )
    }
    self.model = model ?? models.default
  }

  var encodedModel: String {
    model.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))!
  }

  func request(_ method: String, _ path: String, accept: String? = nil, body: some Sequence<UInt8> = []) -> LoadRequest
  {
    LoadRequest(method, path, headers: headers + (accept.map { [LoadRequest.Header("Accept", $0)] } ?? []), body: body)
  }

  func answer(to request: LoadRequest) async throws -> LoadAnswer { try await Self.answer(to: request, from: address) }

  private static func answer(to request: LoadRequest, from address: LoadAddress) async throws -> LoadAnswer {
    let connection = LoadConnection(to: address)
    do throws(LoadFault) {
      let answer = try await connection.answer(to: request, within: .seconds(30), keepsBody: true)
      await connection.close()
      return answer
    } catch {
      throw Failure(.unavailable, LoadError.unreachable(address, reason: error.sentence).description)
    }
  }
}

extension LoadFault {
  var sentence: String {
    switch self {
    case .noConnection: "no connection"
    case .cutOff: "cut off before the answer was whole"
    case .malformed: "no HTTP"
    case .timeout: "no answer in time"
    }
  }
}
