import Autodiff
import TestSupport
import Testing
import WeightFiles

@testable import Models
@testable import Networks

/// The names that are in use, from the lists of `weights-layout`, against those of the networks.
@Suite(.enabled(if: SharedData.isPresent, SharedData.note))
struct NameTests {
  /// What each file is to be recognised as.
  static let expected: [String: (network: String, publisher: String)] = [
    "efficientnet_lite_pytorch-lite0": ("efficientnet-lite0", "efficientnet_lite_pytorch"),
    "efficientnet_lite_pytorch-lite1": ("efficientnet-lite1", "efficientnet_lite_pytorch"),
    "efficientnet_lite_pytorch-lite2": ("efficientnet-lite2", "efficientnet_lite_pytorch"),
    "keras-MobileNetV2-legacy-h5": ("keras-mobilenet-v2", "Keras"),
    "keras-MobileNetV2-weights-h5": ("keras-mobilenet-v2", "Keras"),
    "keras-ResNet50-legacy-h5": ("keras-resnet50", "Keras"),
    "keras-ResNet50-weights-h5": ("keras-resnet50", "Keras"),
    "keras-VGG16-legacy-h5": ("keras-vgg16", "Keras"),
    "keras-VGG16-weights-h5": ("keras-vgg16", "Keras"),
    "keras1-squeezenet": ("keras-squeezenet1.1", "Keras"),
    "timm-densenet121": ("densenet121", "torchvision and timm"),
    "timm-mobilenetv2_100": ("mobilenet-v2", "timm"),
    "timm-resnet50": ("resnet50", "torchvision and timm"),
    "timm-vgg16": ("vgg16", "timm"),
    "torchvision-densenet121": ("densenet121", "torchvision and timm"),
    "torchvision-efficientnet_b0": ("efficientnet-b0", "torchvision"),
    "torchvision-mobilenet_v2": ("mobilenet-v2", "torchvision"),
    "torchvision-resnet50": ("resnet50", "torchvision and timm"),
    "torchvision-squeezenet1_1": ("squeezenet1.1", "torchvision"),
    "torchvision-vgg16": ("vgg16", "torchvision"),
  ]

  /// Files whose names and shapes are those of two networks, with other padding and epsilon.
  static let ambiguous: [String: [String]] = [
    "timm-efficientnet_b0": ["efficientnet-b0", "tf-efficientnet-b0"],
    "timm-efficientnet_lite0": ["efficientnet-lite0", "timm-efficientnet-lite0"],
    "timm-tf_efficientnet_lite0": ["efficientnet-lite0", "timm-efficientnet-lite0"],
    "timm-tf_efficientnet_lite1": ["efficientnet-lite1", "timm-efficientnet-lite1"],
    "timm-tf_efficientnet_lite2": ["efficientnet-lite2", "timm-efficientnet-lite2"],
  ]

  @Test("where the tensors fit two networks, both are named", arguments: ambiguous.keys.sorted())
  func namesBoth(_ name: String) throws {
    let found = ImportRecognition.recognise(try LayoutFile(name))
    #expect(found.map(\.architecture.name) == Self.ambiguous[name])
    #expect(found.map(\.convention.publisher) == ["timm", "timm"])
  }

  @Test(
    "a network and whose names it has are told by the tensors alone",
    arguments: LayoutFile.names.filter { ambiguous[$0] == nil })
  func recognises(_ name: String) throws {
    let expected = try #require(Self.expected[name], "a new file in weights-layout")
    let found = ImportRecognition.recognise(try LayoutFile(name))
    #expect(found.map(\.architecture.name) == [expected.network])
    #expect(found.first?.convention.publisher == expected.publisher)
  }

  private func recognised(_ file: LayoutFile) throws -> ImportedWeights {
    let recognition = try #require(ImportRecognition.recognise(file).first)
    return ImportedWeights(file, recognition.convention, head: recognition.architecture.head)
  }

  /// One file for each network and convention, but VGG-16's, which are half a gigabyte and compared by names below.
  static let distinct = LayoutFile.names.filter { name in
    !["vgg16", "-weights-h5", "timm-resnet50", "timm-densenet121", "timm-efficientnet_lite0"].contains {
      name.lowercased().contains($0)
    }
  }

  @Test(
    "every tensor is a parameter of the network, and every parameter is there",
    arguments: distinct)
  func matchesTheNetwork(_ name: String) throws {
    let file = try LayoutFile(name)
    let architecture = try #require(ImportRecognition.recognise(file).first).architecture
    let account = WeightAccount(head: architecture.head)
    let weights = try recognised(file)
    _ = try architecture.build(WeightReader(weights, account: account))
    let report = ImportReport(account, weights, format: "", network: "")
    #expect(report.missing == [])
    #expect(report.mismatched == [])
    #expect(report.unused == [])
    #expect(report.matched.count == file.rows.count { !$0.name.hasSuffix("num_batches_tracked") })
  }

  @Test(
    "timm's tensors become torchvision's, in the same order and shape",
    arguments: [
      ("timm-vgg16", "torchvision-vgg16"), ("timm-efficientnet_b0", "torchvision-efficientnet_b0"),
      ("timm-mobilenetv2_100", "torchvision-mobilenet_v2"),
      ("timm-tf_efficientnet_lite0", "efficientnet_lite_pytorch-lite0"),
      ("timm-tf_efficientnet_lite1", "efficientnet_lite_pytorch-lite1"),
      ("timm-tf_efficientnet_lite2", "efficientnet_lite_pytorch-lite2"),
      ("keras-VGG16-weights-h5", "keras-VGG16-legacy-h5"),
    ])
  func sameTensors(_ name: String, _ canonical: String) throws {
    let (theirs, ours) = (try LayoutFile(name), try LayoutFile(canonical))
    let weights = try recognised(theirs)
    let expected = try recognised(ours)
    #expect(Set(weights.tensors.map(\.canonicalName)) == Set(expected.tensors.map(\.canonicalName)))
    let misshapen = expected.tensors.filter { tensor in
      let role: ParameterRole =
        switch tensor.entry.shape.count {
        case 4: .convolution
        case 2: .linear
        default: .vector
        }
      return weights.shape(of: tensor.canonicalName, role) != expected.shape(of: tensor.canonicalName, role)
    }
    #expect(misshapen.map(\.canonicalName) == [])
  }

  @Test("torchvision's published DenseNet has a dot before the number")
  func oldDenseNet() throws {
    var rows = try LayoutFile("torchvision-densenet121").rows
    for index in rows.indices where rows[index].name.contains("denselayer") {
      for part in ["norm1", "norm2", "conv1", "conv2"] {
        rows[index].name.replace(".\(part).", with: ".\(part.dropLast()).\(part.last!).")
      }
    }
    #expect(rows.contains { $0.name == "features.denseblock1.denselayer1.norm.1.weight" })
    let found = ImportRecognition.recognise(LayoutFile(rows: rows))
    #expect(found.map(\.convention.publisher) == ["torchvision's old files"])
    let convention = try #require(found.first).convention
    #expect(
      convention.canonicalName("features.denseblock4.denselayer16.conv.2.weight")
        == "features.denseblock4.denselayer16.conv2.weight")
    #expect(convention.canonicalName("features.transition1.norm.weight") == "features.transition1.norm.weight")
  }

  @Test(
    "a last layer with a name of its own is found by its inputs",
    arguments: [
      ("torchvision-resnet50", "fc.", "fc.1."), ("torchvision-densenet121", "classifier.", "head.classifier."),
      ("keras-MobileNetV2-legacy-h5", "predictions/", "dense_3/"),
    ])
  func renamedHead(_ name: String, _ ours: String, _ theirs: String) throws {
    var rows = try LayoutFile(name).rows
    for index in rows.indices where rows[index].name.hasPrefix(ours) {
      rows[index].name = theirs + rows[index].name.dropFirst(ours.count)
    }
    let file = LayoutFile(rows: rows)
    let weights = try recognised(file)
    let expected = try recognised(LayoutFile(name))
    #expect(weights.tensors.map(\.canonicalName) == expected.tensors.map(\.canonicalName))
    #expect(weights.renamedHead?.source == String(theirs.dropLast()))
    #expect(expected.renamedHead?.source == nil)
  }

  @Test("where several layers may be the last one, none is taken for it")
  func doubtfulHead() throws {
    var rows = try LayoutFile("torchvision-vgg16").rows
    for index in rows.indices { rows[index].name.replace("classifier.6.", with: "classifier.7.") }
    let architecture = try #require(Architecture.named("vgg16"))
    let weights = ImportedWeights(
      LayoutFile(rows: rows), try #require(architecture.conventions.first), head: architecture.head)
    #expect(weights.renamedHead?.source == nil)
  }

  @Test("deeper and wider members of a family are not taken for the one that Gaze has")
  func relatives() throws {
    var rows = try LayoutFile("torchvision-resnet50").rows
    rows.append(LayoutFile.Row(name: "layer3.6.conv1.weight", shape: [256, 1024, 1, 1]))
    #expect(ImportRecognition.recognise(LayoutFile(rows: rows)).isEmpty)
    rows = try LayoutFile("torchvision-resnet50").rows
    rows[rows.firstIndex { $0.name == "layer4.2.conv3.weight" }!].shape = [2048, 1024, 1, 1]
    #expect(ImportRecognition.recognise(LayoutFile(rows: rows)).isEmpty)
  }
}

/// What needs no lists.
struct NameRuleTests {
  @Test("timm counts blocks by stage, efficientnet_lite_pytorch through all stages")
  func lite() throws {
    let architecture = try #require(Architecture.named("efficientnet-lite0"))
    let convention = try #require(architecture.conventions.first { $0.publisher == "timm" })
    #expect(convention.canonicalName("conv_stem.weight") == "_conv_stem.weight")
    #expect(convention.canonicalName("bn1.running_var") == "_bn0.running_var")
    #expect(convention.canonicalName("blocks.0.0.conv_pw.weight") == "_blocks.0._project_conv.weight")
    #expect(convention.canonicalName("blocks.0.0.bn1.bias") == "_blocks.0._bn1.bias")
    #expect(convention.canonicalName("blocks.1.1.conv_pw.weight") == "_blocks.2._expand_conv.weight")
    #expect(convention.canonicalName("blocks.6.0.bn3.running_mean") == "_blocks.15._bn2.running_mean")
    #expect(convention.canonicalName("classifier.bias") == "_fc.bias")
  }

  @Test("prefixes of wrappers are taken off if all names have them")
  func wrappers() {
    #expect(FileNames.wrapperPrefix(of: ["module.fc.weight", "module.conv1.weight"]) == "module.")
    #expect(
      FileNames.wrapperPrefix(of: ["module.model.fc.weight", "module.model.conv1.weight"]) == "module.model.")
    #expect(FileNames.wrapperPrefix(of: ["model.fc.weight", "conv1.weight"]) == "")
    #expect(FileNames.wrapperPrefix(of: ["features.0.weight", "features.1.weight"]) == "")
    #expect(FileNames.wrapperPrefix(of: []) == "")
  }

  @Test("the models of the catalog may be stored under their names, and torchvision's files carry their digest")
  func catalog() {
    for entry in CatalogEntry.all {
      #expect(ModelStore.isValid(name: entry.name))
      if entry.checkpoint.publisher.hasPrefix("torchvision"), case .sha256(let digits) = entry.checkpoint.digest {
        #expect(entry.checkpoint.fileName.hasSuffix("-\(digits).pth"))
      }
    }
    #expect(CatalogEntry.named(CatalogEntry.defaultName) != nil)
  }

  @Test("elements move from O,I,H,W to H,W,I,O and from in,out to out,in")
  func layouts() throws {
    struct File: WeightFile {
      var format: String { "test" }
      let entries: [TensorEntry]
      var metadata: [String: String] { [:] }
      func floats(_ name: String) -> [Float] {
        (0..<entries.first { $0.name == name }!.shape.reduce(1, *)).map { Float($0) }
      }
    }
    // 33 outputs: one more than a tile.
    let file = File(entries: [
      TensorEntry(name: "c", shape: [33, 2, 1, 3], type: .float32),
      TensorEntry(name: "d", shape: [2, 1, 1, 3], type: .float32),
      TensorEntry(name: "l", shape: [2, 3], type: .float32),
      TensorEntry(name: "f", shape: [2, 3, 1, 2], type: .float32),
    ])
    let head = HeadWeight("head", .linear, inputs: 1)
    let pyTorch = ImportedWeights(file, NameConvention("", .pyTorch, modules: [:]), head: head)
    #expect(pyTorch.shape(of: "c", .convolution) == [1, 3, 2, 33])
    let convolution = try pyTorch.values(of: "c", .convolution)
    // h 0, w 2, i 1, o 32 from o 32, i 1, h 0, w 2.
    #expect(convolution[(2 * 2 + 1) * 33 + 32] == Float((32 * 2 + 1) * 3 + 2))
    #expect(pyTorch.shape(of: "d", .depthwise) == [1, 3, 2])
    #expect(try pyTorch.values(of: "d", .depthwise) == [0, 3, 1, 4, 2, 5])
    #expect(pyTorch.shape(of: "f", .linear) == [2, 6])
    #expect(try pyTorch.values(of: "f", .linear) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    let keras = ImportedWeights(file, NameConvention("", .keras, modules: [:]), head: head)
    #expect(keras.shape(of: "l", .linear) == [3, 2])
    #expect(try keras.values(of: "l", .linear) == [0, 3, 1, 4, 2, 5])
    #expect(keras.shape(of: "c", .convolution) == [33, 2, 1, 3])
  }
}
