import Images
import Networks

/// The image processors of transformers, as `preprocessor_config.json` describes them: resize, cut the middle, scale,
/// normalise.
struct TransformersPreprocessing {
  let change: PreprocessingChange

  private static let source = "preprocessor_config.json"
  /// Pillow's numbers of its filters.
  private static let filters: [Int: ResizeFilter] = [
    0: .nearest, 1: .lanczos, 2: .bilinear, 3: .bicubic, 4: .box, 5: .hamming,
  ]

  init(_ config: [String: RecordedValue]) throws(PreprocessingFault) {
    let kind = config["image_processor_type"]?.text ?? config["feature_extractor_type"]?.text ?? ""
    var change = PreprocessingChange()
    change.channelOrder = .rgb
    if let number = config["resample"]?.whole, let filter = Self.filters[number] { change.filter = filter }
    if config["do_resize"] == .bool(false) { throw .unsupported(Self.source, "pictures that are not resized") }

    let size = Size(config["size"])
    let crop = config["do_center_crop"] == .bool(false) ? nil : Size(config["crop_size"])?.both
    let cuts = config["do_center_crop"] == .bool(true) && crop != nil
    switch size {
    // ConvNeXt's way below 384: the shorter side to floor(side / crop_pct), the middle square of `side`.
    case .side(let side) where kind.hasPrefix("ConvNext"), .shortest(let side) where kind.hasPrefix("ConvNext"):
      change.size = ImageSize(width: side, height: side)
      if side >= 384 {
        change.resize = .whole(nil)
      } else {
        change.cropPercentage = config["crop_pct"]?.number ?? 224.0 / 256
      }
    case .shortest(let side):
      change.resize = .shorterSide(side)
      change.size = cuts ? crop : ImageSize(width: side, height: side)
    // A bare number is a square for those that do not cut, the shorter side for those that do.
    case .side(let side):
      change.resize = cuts ? .shorterSide(side) : .whole(nil)
      change.size = cuts ? crop : ImageSize(width: side, height: side)
    case .both(let whole):
      change.resize = .whole(whole)
      change.size = cuts ? crop : whole
    case nil: break
    }

    // v factor, then (v - mean) / deviation: what is subtracted and divided by for values from 0 to 1.
    let isRescaled = config["do_rescale"] != .bool(false)
    let factor = 255 * (isRescaled ? config["rescale_factor"]?.number ?? 1.0 / 255 : 1)
    let isNormalised = config["do_normalize"] != .bool(false)
    guard factor > 0, config["rescale_offset"] != .bool(true) else {
      throw .unsupported(Self.source, "a scale with an offset")
    }
    let mean = isNormalised ? config["image_mean"]?.numbers : [0, 0, 0]
    let deviation = isNormalised ? config["image_std"]?.numbers : [1, 1, 1]
    change.mean = mean.map { $0.map { $0 / factor } }
    change.deviation = deviation.map { $0.map { $0 / factor } }
    self.change = change
  }

  /// `size` and `crop_size`: a number, `{"shortest_edge": 256}` or `{"height": 224, "width": 224}`.
  private enum Size {
    case side(Int)
    case shortest(Int)
    case both(ImageSize)

    init?(_ value: RecordedValue?) {
      switch value {
      case .number?:
        guard let side = value?.whole else { return nil }
        self = .side(side)
      case .object(let object)?:
        if let side = object["shortest_edge"]?.whole {
          self = .shortest(side)
        } else if let height = object["height"]?.whole, let width = object["width"]?.whole {
          self = .both(ImageSize(width: width, height: height))
        } else {
          return nil
        }
      default: return nil
      }
    }

    var both: ImageSize {
      switch self {
      case .side(let side), .shortest(let side): ImageSize(width: side, height: side)
      case .both(let size): size
      }
    }
  }
}

extension RecordedValue {
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var number: Double? { if case .number(let number) = self { number } else { nil } }
  var whole: Int? { number.flatMap { Int(exactly: $0) } }

  /// A list of numbers.
  var numbers: [Double]? {
    guard case .array(let values) = self else { return nil }
    let numbers = values.compactMap(\.number)
    return numbers.count == values.count ? numbers : nil
  }

  /// In a sentence; what is not a single value is not shown.
  var shown: String {
    switch self {
    case .string(let text): String(text.prefix(40))
    case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
    case .bool(let value): value ? "true" : "false"
    case .null, .array, .object: ""
    }
  }
}
