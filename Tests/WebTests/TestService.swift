import Autodiff
import Foundation
import HTTPTypes
import Hummingbird
import Images
import Logging
import Models
import NIOCore
import Serving
import Synchronization
import TestSupport

@testable import Networks
@testable import Web

/// A network with seeded weights, small enough to run in a millisecond: two convolutions, a mean over space, a linear
/// layer.
///
/// Of its 40 classes, 38 has only negative weights, so that nothing speaks for it, and 39 none at all, so that its map
/// is flat.
enum TinyNetwork {
  static let classCount = 40
  static let negativeClass = 38
  static let zeroClass = 39
  /// A label that would break out of HTML, out of an attribute (the accent hides the quote from a comparison of
  /// characters), and out of a script element, and would turn the text after it around.
  static let hostileClass = 3
  static let hostileLabel = "</script><img src=x onerror=alert(1)>\"\u{301} onfocus='alert(2)' x=\"&amp;\u{202E}"
  static let inputSize = ImageSize(width: 33, height: 29)

  static func classifier(
    _ name: String, classCount: Int = classCount, temperature: Double? = nil, output: OutputKind = .softmax,
    unit: String? = nil, passes: ForwardPassCounter
  ) -> Classifier {
    let pool = BufferPool(idleLimit: 0)
    var random = SplitMix64(seed: 7)
    let first = Tensor([3, 3, 3, 8], random.units(3 * 3 * 3 * 8), in: pool)
    let second = Tensor([3, 3, 8, 12], random.units(3 * 3 * 8 * 12), in: pool)
    var weights = random.units(classCount * 12)
    if classCount > zeroClass {
      for channel in 0..<12 {
        weights[negativeClass * 12 + channel] = -0.5
        weights[zeroClass * 12 + channel] = 0
      }
    }
    let linearWeight = Tensor([classCount, 12], weights, in: pool)
    let head = Network.Head(
      after: "features", features: { globalAveragePool($0) },
      classify: { linear($0, weight: .constant(linearWeight)) })
    let network = Network(
      stages: [
        .init("stem") { convolution($0, filter: .constant(first), stride: 2, padding: .same, activation: .relu6) },
        .init("features") { convolution($0, filter: .constant(second), stride: 2, padding: .same, activation: .relu6) },
        .init("logits") { head($0) },
      ], targetLayer: "features", classCount: classCount,
      meanReadout: Network.MeanReadout(layers: ["features"], bias: nil), head: head)
    let labels = Labels(
      (0..<classCount).map { index in
        ClassLabel(
          index: index, wnid: index.isMultiple(of: 2) ? "n0000\(1000 + index)" : nil,
          name: index == hostileClass ? hostileLabel : "kind \(index)")
      })
    let manifest = ModelManifest(
      name: name, title: "Tiny \(name)", architecture: "tiny",
      preprocessing: Preprocessing(
        shorterSide: 36, filter: .bilinear, inputWidth: inputSize.width, inputHeight: inputSize.height,
        mean: [127, 127, 127], deviation: [64, 64, 64]),
      labels: labels.classes, classCount: classCount, parameterCount: 216 + 864 + 12 * classCount,
      targetLayer: "features", weightsSHA256: "", sourceSHA256: "", publisher: "this test", licence: "none",
      publishedTop1: nil, calibration: temperature.map { .fixed($0) }, output: output, unit: unit)
    return Classifier(manifest: manifest, network: network, labels: labels, passes: passes)
  }
}

struct TinyModels: ModelProvider {
  let passes = ForwardPassCounter()
  let counters = ModelLibrary.Counters()
  private let classifiers: [String: Classifier]
  /// Models that would not load, and why.
  var faults: [String: ModelStoreError] = [:]
  /// Files of the report on the model "tiny".
  var report: [String: [UInt8]] = [:]

  /// - Parameters:
  ///   - temperature: of all models; nil for none.
  ///   - output, unit: of all models, too.
  init(
    _ sizes: [String: Int] = ["tiny": TinyNetwork.classCount, "other": 7], temperature: Double? = nil,
    output: OutputKind = .softmax, unit: String? = nil
  ) {
    let passes = passes
    classifiers = Dictionary(
      uniqueKeysWithValues: sizes.map {
        (
          $0,
          TinyNetwork.classifier(
            $0, classCount: $1, temperature: temperature, output: output, unit: unit, passes: passes)
        )
      })
  }

  func list() -> [ModelManifest] { classifiers.values.map(\.manifest).sorted { $0.name < $1.name } }

  func fault(in name: String) -> ModelStoreError? { faults[name] }

  func hasReport(of name: String) -> Bool { name == "tiny" && !report.isEmpty }

  func reportFile(_ file: String, of name: String) -> [UInt8]? { name == "tiny" ? report[file] : nil }

  func classifier(_ name: String) throws(ModelStoreError) -> Classifier {
    if let fault = faults[name] { throw fault }
    guard let classifier = classifiers[name] else { throw .unknownModel(name, known: list().map(\.name)) }
    return classifier
  }

  func randomiser(of classifier: Classifier, seed: UInt64) throws(ModelStoreError) -> ModelRandomiser? { nil }
}

/// The same models, which are loaded only when the test says so: until then whoever asks for one holds a slot.
final class HeldModels: ModelProvider {
  private let models = TinyModels()
  private let isReleased = Atomic(false)

  var passes: ForwardPassCounter { models.passes }
  var counters: ModelLibrary.Counters { models.counters }

  func release() { isReleased.store(true, ordering: .relaxed) }

  func list() -> [ModelManifest] { models.list() }

  func classifier(_ name: String) throws(ModelStoreError) -> Classifier {
    _ = eventually { isReleased.load(ordering: .relaxed) }
    return try models.classifier(name)
  }

  func randomiser(of classifier: Classifier, seed: UInt64) throws(ModelStoreError) -> ModelRandomiser? { nil }
}

/// Pictures for tests: coloured waves with seeded noise.
enum TestImage {
  static func image(width: Int = 97, height: Int = 61, seed: UInt64 = 1) -> RGBImage {
    var random = SplitMix64(seed: seed)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          let wave = (x * (channel + 2 + Int(seed % 5)) + y * (5 - channel)) % 200
          pixels.append(UInt8(wave) + UInt8(random.next() % 56))
        }
      }
    }
    return RGBImage(size: ImageSize(width: width, height: height), pixels: pixels)
  }

  static func png(width: Int = 97, height: Int = 61, seed: UInt64 = 1) -> [UInt8] {
    encodePNG(image(width: width, height: height, seed: seed))
  }
}

/// The repository's page.
let staticFolder = URL(filePath: #filePath).appending(path: "../../../Static").standardizedFileURL.path(
  percentEncoded: false)

/// A setting that a test changes.
struct Change: Sendable {
  let apply: @Sendable (inout ServiceConfiguration) -> Void

  static func set<Value: Sendable>(
    _ path: any WritableKeyPath<ServiceConfiguration, Value> & Sendable, _ value: Value
  ) -> Change {
    Change { $0[keyPath: path] = value }
  }
}

/// Runs a test against the service's router, without a socket.
func withService(
  models: any ModelProvider = TinyModels(), clock: ManualClock = ManualClock(), engine: Engine = Engine(threadCount: 2),
  reach: Reach = .router, configuration changes: [Change] = [], logs: LogQueue? = nil,
  logger: Logger = .quiet, ending: Ending = Ending(), _ test: @Sendable (Client) async throws -> Void
) async throws {
  var configuration = ServiceConfiguration()
  configuration.limits.defaultModel = "tiny"
  configuration.staticFolder = staticFolder
  configuration.port = 0
  for change in changes { change.apply(&configuration) }
  let application = try buildApplication(
    configuration, models: models, engine: engine, logger: logger, logs: logs, ending: ending, now: { clock.now })
  try await application.reached(by: reach) { try await test(Client(service: $0)) }
}

extension Logger {
  /// For tests that do not look at the log.
  static var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }
}

struct Client: Sendable {
  let service: any Answering
  var port: Int? { service.port }

  func send(
    _ method: HTTPRequest.Method, _ uri: String, body: [UInt8]? = nil, headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    var headers = headers
    if let body { headers[.contentLength] = String(body.count) }
    let head = HTTPRequest(
      method: method, scheme: "http", authority: "localhost", path: uri, headerFields: headers)
    return try await service.answer(head, body.map { ByteBuffer(bytes: $0) })
  }

  func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestResponse {
    try await send(.get, uri, headers: headers)
  }

  /// Uploads an image and gives its analysis' id.
  func upload(_ image: [UInt8] = TestImage.png(), query: String = "") async throws -> String {
    let response = try await send(.post, "/api/analyses" + query, body: image)
    guard response.status == .created, let id = try response.object["id"] as? String else {
      throw UnexpectedAnswer(description: "\(response.status): \(response.text)")
    }
    return id
  }

  /// Waits until a metric has a value; its name with labels.
  func wait(for name: String, _ isMet: (Double) -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while try await metric(name).map({ !isMet($0) }) ?? true {
      guard ContinuousClock.now < deadline else { throw UnexpectedAnswer(description: "\(name) does not come") }
      await Task.yield()
    }
  }

  /// A metric's value; its name with labels.
  func metric(_ name: String) async throws -> Double? {
    try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      .flatMap { Double($0.dropFirst(name.count + 1)) }
  }
}

struct UnexpectedAnswer: Error, CustomStringConvertible {
  let description: String
}

extension TestResponse {
  var bytes: [UInt8] { [UInt8](buffer: body) }
  var text: String { String(buffer: body) }

  /// The JSON of an answer, or nothing.
  var object: [String: Any] {
    get throws { try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:] }
  }

  /// The code of an error.
  var errorCode: String? {
    get throws { (try object["error"] as? [String: Any])?["code"] as? String }
  }

  /// The field that an error names.
  var errorField: String? {
    get throws { (try object["error"] as? [String: Any])?["field"] as? String }
  }

  var errorMessage: String {
    get throws { (try object["error"] as? [String: Any])?["message"] as? String ?? "" }
  }
}

/// A form as browsers send it.
struct TestForm {
  static let boundary = "----WebKitFormBoundaryABC123"
  static let contentType = "multipart/form-data; boundary=\(boundary)"
  private(set) var bytes: [UInt8] = []

  mutating func add(_ name: String, _ value: String) {
    bytes += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
  }

  mutating func add(_ name: String, file: [UInt8], filename: String = "photo.png") {
    bytes +=
      "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"\(filename)\"\r\nContent-Type: image/png\r\n\r\n"
      .utf8
    bytes += file + Array("\r\n".utf8)
  }

  mutating func end() { bytes += "--\(Self.boundary)--\r\n".utf8 }
}
