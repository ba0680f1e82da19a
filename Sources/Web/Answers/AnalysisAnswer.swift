import Explain
import Images
import Models
import Networks
import Serving

/// The JSON of an analysis. See `docs/api.md` for its keys.
struct AnalysisAnswer: Encodable {
  let id: String
  let model: String
  let layer: String
  let classCount: Int
  /// Whether `cube.npy` gives the maps of all classes.
  let hasCube: Bool
  /// What the predictions are told by.
  let output: OutputKind
  let predictions: [PredictionAnswer]
  let image: Picture
  let crop: ImageRegion
  let input: ImageSize
  let timings: Timings
  let expiresInSeconds: Int64
  let links: Links
  /// What is odd about the image although it is whole; left out where nothing is.
  let warnings: [String]?

  struct Picture: Encodable {
    let width: Int
    let height: Int
    /// Left out where pixels were sent.
    let format: String?
    /// The samples that became black and white; left out where they are as stored.
    let window: [Int]?
  }

  struct Timings: Encodable {
    let decode: Double
    let preprocess: Double
    let forward: Double
    let total: Double
  }

  struct Links: Encodable {
    let own: String
    let page: String
    let image: String
    let input: String
    let heatmap: String
    let saliencyNPY: String
    let saliencyJSON: String
    let receipt: String
    let bundle: String
    let cube: String
    let events: String
    let faithfulness: String

    init(_ id: AnalysisID, _ links: Web.Links) {
      own = links.analysis(id)
      page = links.page(id)
      image = own + "/image.jpg"
      input = own + "/input.png"
      heatmap = own + "/heatmap.png"
      saliencyNPY = own + "/saliency.npy"
      saliencyJSON = own + "/saliency.json"
      receipt = own + "/receipt.json"
      bundle = own + "/bundle.zip"
      cube = own + "/cube.npy"
      events = own + "/events"
      faithfulness = own + "/faithfulness"
    }

    enum CodingKeys: String, CodingKey {
      case page, image, input, heatmap, receipt, bundle, cube, events, faithfulness
      case own = "self"
      case saliencyNPY = "saliency_npy"
      case saliencyJSON = "saliency_json"
    }
  }

  enum CodingKeys: String, CodingKey {
    case id, model, layer, output, predictions, image, crop, input, links, warnings
    case classCount = "class_count"
    case hasCube = "has_cube"
    case timings = "timings_ms"
    case expiresInSeconds = "expires_in_seconds"
  }

  /// - Parameter top: how many classes are listed; nil for the default.
  init(_ kept: KeptAnalysis, top: Int?, timeToLive: Duration, _ links: Web.Links) throws(AskError) {
    let analysis = kept.analysis
    id = kept.id.description
    model = analysis.classifier.name
    layer = analysis.classifier.network.targetLayer
    classCount = analysis.classifier.labels.count
    hasCube = analysis.classifier.network.hasClassCube
    output = analysis.classifier.output
    predictions = analysis.predictions(try analysis.classifier.labels.count(listing: top)).map(PredictionAnswer.init)
    let original = analysis.geometry.original
    image = Picture(
      width: original.width, height: original.height, format: analysis.format?.rawValue,
      window: analysis.window.map { [$0.low, $0.high] })
    crop = analysis.geometry.region
    input = analysis.classifier.preprocessing.inputSize
    timings = Timings(analysis.timings)
    expiresInSeconds = timeToLive.components.seconds
    self.links = Links(kept.id, links)
    warnings = analysis.warnings.isEmpty ? nil : analysis.warnings
  }
}

extension AnalysisAnswer.Timings {
  init(_ timings: Analysis.Timings) {
    decode = timings.decode.milliseconds
    preprocess = timings.preprocess.milliseconds
    forward = timings.forward.milliseconds
    total = timings.total.milliseconds
  }
}

/// A class with what the network says of it.
struct PredictionAnswer: Encodable {
  let index: Int
  @Nullable var wnid: String?
  let label: String
  let logit: Float
  /// Left out of a value.
  let probability: Float?
  /// Left out of a probability, as its unit is, and where nobody said what values are measured in.
  let value: Float?
  let unit: String?

  init(_ prediction: Prediction) {
    index = prediction.label.index
    _wnid = Nullable(wrappedValue: prediction.label.wnid)
    label = prediction.label.name
    logit = prediction.logit
    probability = prediction.probability
    switch prediction.number {
    case .probability: (value, unit) = (nil, nil)
    case .value(let value, let unit): (self.value, self.unit) = (value, unit)
    }
  }
}

extension Duration {
  /// In milliseconds, to the microsecond.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return (Double(seconds) * 1e6 + Double(attoseconds) / 1e12).rounded() / 1e3
  }

  /// In whole nanoseconds.
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
