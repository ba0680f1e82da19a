import Images
import Networks
import Testing
import WeightFiles

@testable import Models

/// What is said of a preprocessing, put upon another.
@Suite("Preprocessing of imports")
struct PreprocessingTests {
  private let base = Preprocessing(
    shorterSide: 256, filter: .bilinear, inputWidth: 224, inputHeight: 224, mean: [1, 2, 3], deviation: [4, 5, 6])

  private func applied(_ change: PreprocessingChange) throws -> Preprocessing {
    try change.applied(to: base, sides: 32...1024)
  }

  @Test(
    "timm's floor(size / crop_pct)",
    arguments: [
      (224, 0.875, 256), (224, 0.95, 235), (288, 0.95, 303), (384, 1, 384), (240, 0.882, 272), (299, 0.903, 331),
    ])
  func cropPercentage(size: Int, share: Double, side: Int) throws {
    var change = PreprocessingChange()
    change.size = ImageSize(width: size, height: size)
    change.cropPercentage = share
    #expect(try applied(change).shorterSide == side)
  }

  @Test("another size alone keeps the share that is cut")
  func sizeAlone() throws {
    var change = PreprocessingChange()
    change.size = ImageSize(width: 448, height: 448)
    let found = try applied(change)
    #expect(found.shorterSide == 512 && found.inputSize == ImageSize(width: 448, height: 448))
    #expect(found.mean == base.mean && found.filter == base.filter)
  }

  @Test("every shape of picture gives an input of a size that is not square")
  func notSquare() throws {
    var change = PreprocessingChange()
    change.size = ImageSize(width: 320, height: 240)
    for resize in [
      PreprocessingChange.Resize.whole(nil), .shorterSide(320), .whole(ImageSize(width: 400, height: 300)),
    ] {
      change.resize = resize
      let found = try applied(change)
      for original in [ImageSize(width: 1000, height: 10), ImageSize(width: 10, height: 1000)] {
        let geometry = found.geometry(of: original)
        #expect(geometry.crop.x >= 0 && geometry.crop.x + 320 <= geometry.resized.width)
        #expect(geometry.crop.y >= 0 && geometry.crop.y + 240 <= geometry.resized.height)
      }
    }
    change.resize = .shorterSide(300)
    #expect(throws: PreprocessingFault.cropBeyondPicture("300", ImageSize(width: 320, height: 240))) {
      try applied(change)
    }
  }

  @Test("mean and deviation are of values from 0 to 1")
  func scale() throws {
    var change = PreprocessingChange()
    (change.mean, change.deviation) = ([0.5, 0.25, 0], [1, 0.5, 1.0 / 255])
    let found = try applied(change)
    #expect(found.mean == [127.5, 63.75, 0] && found.deviation == [255, 127.5, 1])
    change.deviation = [0, 1, 1]
    #expect(throws: PreprocessingFault.values("deviation", [0, 1, 1])) { try applied(change) }
  }

  @Test("presets agree with what the published weights are fed with")
  func presets() throws {
    #expect(try PreprocessingPreset.named("torchvision-v1").applied(to: base, sides: 32...1024).shorterSide == 256)
    #expect(try PreprocessingPreset.named("torchvision-v2").applied(to: base, sides: 32...1024).shorterSide == 232)
    let caffe = try PreprocessingPreset.named("keras:caffe").applied(to: base, sides: 32...1024)
    #expect(caffe.channelOrder == .bgr && caffe.mean == [103.939, 116.779, 123.68] && caffe.deviation == [1, 1, 1])
    for name in PreprocessingPreset.names { _ = try PreprocessingPreset.named(name) }
    #expect(throws: PreprocessingFault.unknownPreset("best")) { try PreprocessingPreset.named("best") }
  }

  @Test("timm's checkpoints by their names")
  func timm() throws {
    let a1 = try PreprocessingPreset.named("timm:resnet50.a1_in1k")
    #expect(a1.cropPercentage == 0.95 && a1.filter == .bicubic && a1.size == ImageSize(width: 224, height: 224))
    let vit = try PreprocessingPreset.named("timm:vit_base_patch16_224")
    #expect(vit.mean == [0.5, 0.5, 0.5] && vit.cropPercentage == 0.9)
    guard
      case .unknownTimm(_, let similar)? = #expect(
        throws: PreprocessingFault.self, performing: { try PreprocessingPreset.named("timm:resnet50.none") })
    else { return }
    #expect(!similar.isEmpty)
  }

  @Test("Keras' scaling layers, one after another")
  func keras() throws {
    let layers = [
      KerasConfiguration.Layer(
        className: "Rescaling", name: "rescaling", path: [], numbers: ["scale": [1.0 / 255], "offset": [0]], texts: [:]),
      KerasConfiguration.Layer(
        className: "Normalization", name: "normalization", path: [],
        numbers: ["mean": [0.485, 0.456, 0.406], "variance": [0.0524, 0.0502, 0.0506]], texts: [:]),
    ]
    var metadata = CheckpointMetadata()
    metadata.keras = KerasConfiguration(name: "m", layers: layers)
    let change = try #require(PublishedConfiguration(metadata).preprocessing).value
    for (found, expected) in zip(change.mean ?? [], [0.485, 0.456, 0.406]) { #expect(abs(found - expected) < 1e-12) }
    for (found, expected) in zip(change.deviation ?? [], [0.0524, 0.0502, 0.0506]) {
      #expect(abs(found - expected.squareRoot()) < 1e-12)
    }
    // From -1 to 1.
    metadata.keras = KerasConfiguration(
      name: "m",
      layers: [
        KerasConfiguration.Layer(
          className: "Rescaling", name: "r", path: [], numbers: ["scale": [1 / 127.5], "offset": [-1]], texts: [:])
      ])
    let half = try #require(PublishedConfiguration(metadata).preprocessing).value
    #expect(try applied(half).mean.allSatisfy { abs($0 - 127.5) < 1e-4 })
    #expect(try applied(half).deviation.allSatisfy { abs($0 - 127.5) < 1e-4 })
  }

  @Test("the arguments of training scripts")
  func arguments() throws {
    var metadata = CheckpointMetadata()
    metadata.values = [
      "args.model": "resnet50", "args.val_crop_size": "224", "args.val_resize_size": "232",
      "args.interpolation": "bilinear", "args.mean": "0.1,0.2,0.3", "args.gp": "max",
    ]
    let stated = PublishedConfiguration(metadata)
    #expect(stated.architecture?.value == "resnet50" && stated.architecture?.source == "args.model")
    #expect(stated.preprocessing?.value.resize == .shorterSide(232))
    #expect(stated.preprocessing?.value.mean == [0.1, 0.2, 0.3])
    #expect(stated.departures.map(\.value) == ["global_pool max"])
  }

  @Test("names of architectures, with timm's tags and in every spelling")
  func names() {
    func registered(_ name: String) -> [String] {
      if case .registered(let networks) = ArchitectureName.meaning(of: name) { networks.map(\.name) } else { [] }
    }
    #expect(registered("resnet50").contains("resnet50"))
    #expect(registered("timm/resnet50.a1_in1k").contains("resnet50"))
    #expect(registered("mobilenet_v2").contains("mobilenet-v2"))
    #expect(registered("mobilenetv2_100").contains("mobilenet-v2"))
    #expect(registered("squeezenet1_1").contains("squeezenet1.1"))
    #expect(registered("tf_efficientnet_lite0") != ["efficientnet-b0"])
    for name in ["resnetaa50", "resnetblur50.bt_in1k"] {
      guard case .known = ArchitectureName.meaning(of: name) else {
        Issue.record("\(name)")
        continue
      }
    }
    guard case .unknown = ArchitectureName.meaning(of: "my_network") else {
      Issue.record("my_network")
      return
    }
  }
}
