import Images

/// A network that Gaze knows how to build, and how to find its parameters in the files that the field publishes.
package struct Architecture: Sendable {
  /// As users write it: `efficientnet-lite0`.
  package let name: String
  package let title: String
  /// Builds the network; every parameter that the reader's source holds must be used.
  package let build: @Sendable (WeightReader) throws(WeightError) -> Network
  /// What the checkpoints of this network expect unless their catalog entry says otherwise.
  package let preprocessing: Preprocessing
  /// Heights and widths of square inputs that the network can take.
  package let inputSides: ClosedRange<Int>

  package static let all: [Architecture] = [
    efficientNetLite("0", .lite0), efficientNetLite("1", .lite1), efficientNetLite("2", .lite2),
    Architecture("efficientnet-b0", "EfficientNet-B0", .torchvision(filter: .bicubic)) { weights throws(WeightError) in
      try EfficientNet.network(weights)
    },
    Architecture("mobilenet-v2", "MobileNetV2", .torchvision()) { weights throws(WeightError) in
      try MobileNetV2.network(.torchvision, weights)
    },
    Architecture("resnet50", "ResNet-50 v1.5", .torchvision()) { weights throws(WeightError) in
      try ResNet.network(.torchvision, weights)
    },
    Architecture("vgg16", "VGG-16", .torchvision(), inputSides: 224...224) { weights throws(WeightError) in
      try VGG.network(.torchvision, weights)
    },
    Architecture("densenet121", "DenseNet-121", .torchvision()) { weights throws(WeightError) in
      try DenseNet.network(weights)
    },
    Architecture("squeezenet1.1", "SqueezeNet 1.1", .torchvision()) { weights throws(WeightError) in
      try SqueezeNet.network(.torchvision, weights)
    },
    Architecture("keras-squeezenet1.1", "SqueezeNet 1.1 (Keras)", .caffe(side: 227)) { weights throws(WeightError) in
      try SqueezeNet.network(.keras, weights)
    },
    Architecture("keras-mobilenet-v2", "MobileNetV2 (Keras)", .tensorFlow(side: 224)) { weights throws(WeightError) in
      try MobileNetV2.network(.keras, weights)
    },
    Architecture("keras-resnet50", "ResNet-50 (Keras)", .caffe(side: 224)) { weights throws(WeightError) in
      try ResNet.network(.keras, weights)
    },
    Architecture("keras-vgg16", "VGG-16 (Keras)", .caffe(side: 224), inputSides: 224...224) {
      weights throws(WeightError) in
      try VGG.network(.keras, weights)
    },
    Architecture("small-cnn", "Small CNN", .levels(side: SmallCNN.inputSide), inputSides: 8...1024) {
      weights throws(WeightError) in
      try SmallCNN.network(weights)
    },
  ]

  package static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }

  private init(
    _ name: String, _ title: String, _ preprocessing: Preprocessing, inputSides: ClosedRange<Int> = 32...1024,
    build: @escaping @Sendable (WeightReader) throws(WeightError) -> Network
  ) {
    self.name = name
    self.title = title
    self.build = build
    self.preprocessing = preprocessing
    self.inputSides = inputSides
  }

  /// EfficientNet-Lite is fed (v - 127) / 128, from a bicubic resize to 32 pixels more than the crop.
  private static func efficientNetLite(_ member: String, _ scale: EfficientNetLite.Scale) -> Architecture {
    Architecture(
      "efficientnet-lite\(member)", "EfficientNet-Lite\(member)",
      Preprocessing(
        shorterSide: scale.inputSide + 32, filter: .bicubic, inputWidth: scale.inputSide,
        inputHeight: scale.inputSide, mean: [127, 127, 127], deviation: [128, 128, 128])
    ) { weights throws(WeightError) in try EfficientNetLite.network(scale, weights) }
  }
}

extension Preprocessing {
  /// torchvision's weights V1: the shorter side to 256, the middle 224x224, (v / 255 - mean) / deviation of ImageNet.
  fileprivate static func torchvision(filter: ResizeFilter = .bilinear) -> Preprocessing {
    Preprocessing(
      shorterSide: 256, filter: filter, inputWidth: 224, inputHeight: 224,
      mean: [0.485 * 255, 0.456 * 255, 0.406 * 255], deviation: [0.229 * 255, 0.224 * 255, 0.225 * 255])
  }

  /// Keras Applications' mode `caffe`: blue, green, red, less ImageNet's mean; the whole picture.
  fileprivate static func caffe(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, channelOrder: .bgr,
      mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1])
  }

  /// The shorter side to the input's, the middle, from 0 to 1.
  fileprivate static func levels(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: side, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [0, 0, 0],
      deviation: [255, 255, 255])
  }

  /// Keras Applications' mode `tf`: from -1 to 1; the whole picture.
  fileprivate static func tensorFlow(side: Int) -> Preprocessing {
    Preprocessing(
      shorterSide: nil, filter: .bilinear, inputWidth: side, inputHeight: side, mean: [127.5, 127.5, 127.5],
      deviation: [127.5, 127.5, 127.5])
  }
}
