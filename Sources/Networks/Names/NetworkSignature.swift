package import Autodiff

/// What tells a network by its parameters: a few with their shapes, under canonical names, that no other network has together.
package struct NetworkSignature: Sendable {
  package struct Parameter: Sendable {
    package let name: String
    package let role: ParameterRole
    package let shape: Shape

    init(_ name: String, _ role: ParameterRole, _ shape: Shape) {
      self.name = name
      self.role = role
      self.shape = shape
    }
  }

  package let architecture: String
  package let has: [Parameter]
  /// The first parameter of a deeper member of the family.
  package var lacks: [String] = []
  package let head: Head

  /// The last layer's weight: the only shape that a network does not fix.
  package struct Head: Hashable, Sendable {
    package let name: String
    package let role: ParameterRole
    package let inputs: Int

    package func shape(classes: Int) -> Shape { role == .convolution ? [1, 1, inputs, classes] : [classes, inputs] }

    /// The number of classes of a weight of this shape; nil if it is no weight of such a layer.
    package func classCount(of shape: Shape) -> Int? {
      guard let classes = role == .convolution ? shape.extents.last : shape.extents.first else { return nil }
      return classes > 0 && shape == self.shape(classes: classes) ? classes : nil
    }
  }

  package static func of(_ architecture: String) -> NetworkSignature? { all.first { $0.architecture == architecture } }

  package static let all: [NetworkSignature] = [
    lite("0", lastBlock: 15, width: 1152, outputs: 320), lite("1", lastBlock: 20, width: 1152, outputs: 320),
    lite("2", lastBlock: 20, width: 1248, outputs: 352),
    NetworkSignature(
      architecture: "efficientnet-b0",
      has: [
        Parameter("features.1.0.block.1.fc1.weight", .convolution, [1, 1, 32, 8]),
        Parameter("features.8.0.weight", .convolution, [1, 1, 320, 1280]),
      ], lacks: ["features.1.1.block.0.0.weight"], head: Head(name: "classifier.1.weight", role: .linear, inputs: 1280)),
    NetworkSignature(
      architecture: "mobilenet-v2",
      has: [
        Parameter("features.17.conv.2.weight", .convolution, [1, 1, 960, 320]),
        Parameter("features.18.0.weight", .convolution, [1, 1, 320, 1280]),
      ], head: Head(name: "classifier.1.weight", role: .linear, inputs: 1280)),
    NetworkSignature(
      architecture: "resnet50",
      has: [
        Parameter("layer1.0.conv1.weight", .convolution, [1, 1, 64, 64]),
        Parameter("layer3.5.conv3.weight", .convolution, [1, 1, 256, 1024]),
        Parameter("layer4.2.conv3.weight", .convolution, [1, 1, 512, 2048]),
      ], lacks: ["layer3.6.conv1.weight"], head: Head(name: "fc.weight", role: .linear, inputs: 2048)),
    NetworkSignature(
      architecture: "vgg16",
      has: [
        Parameter("features.14.weight", .convolution, [3, 3, 256, 256]),
        Parameter("features.28.weight", .convolution, [3, 3, 512, 512]),
      ], lacks: ["features.30.weight"], head: Head(name: "classifier.6.weight", role: .linear, inputs: 4096)),
    NetworkSignature(
      architecture: "densenet121",
      has: [
        Parameter("features.denseblock3.denselayer24.conv1.weight", .convolution, [1, 1, 992, 128]),
        Parameter("features.denseblock4.denselayer16.conv1.weight", .convolution, [1, 1, 992, 128]),
      ], lacks: ["features.denseblock3.denselayer25.conv1.weight"],
      head: Head(name: "classifier.weight", role: .linear, inputs: 1024)),
    squeezeNet("squeezenet1.1"), squeezeNet("keras-squeezenet1.1"),
    NetworkSignature(
      architecture: "small-cnn",
      has: [
        Parameter("features.1.0.weight", .convolution, [3, 3, SmallCNN.table[0].channels, SmallCNN.table[1].channels])
      ], lacks: ["features.\(SmallCNN.table.count).0.weight"],
      head: Head(name: "classifier.weight", role: .linear, inputs: SmallCNN.features)),
    NetworkSignature(
      architecture: "keras-mobilenet-v2",
      has: [
        Parameter("block_16_project/kernel", .convolution, [1, 1, 960, 320]),
        Parameter("Conv_1/kernel", .convolution, [1, 1, 320, 1280]),
      ], head: Head(name: "predictions/kernel", role: .linear, inputs: 1280)),
    NetworkSignature(
      architecture: "keras-resnet50",
      has: [
        Parameter("conv2_block1_1_conv/kernel", .convolution, [1, 1, 64, 64]),
        Parameter("conv2_block1_1_bn/gamma", .vector, [64]),
        Parameter("conv4_block6_3_conv/kernel", .convolution, [1, 1, 256, 1024]),
        Parameter("conv5_block3_3_conv/kernel", .convolution, [1, 1, 512, 2048]),
      ], lacks: ["conv4_block7_1_conv/kernel"], head: Head(name: "predictions/kernel", role: .linear, inputs: 2048)),
    NetworkSignature(
      architecture: "keras-vgg16",
      has: [
        Parameter("block3_conv3/kernel", .convolution, [3, 3, 256, 256]),
        Parameter("block5_conv3/kernel", .convolution, [3, 3, 512, 512]),
      ], lacks: ["block3_conv4/kernel"], head: Head(name: "predictions/kernel", role: .linear, inputs: 4096)),
  ]

  private static func lite(_ member: String, lastBlock: Int, width: Int, outputs: Int) -> NetworkSignature {
    NetworkSignature(
      architecture: "efficientnet-lite\(member)",
      has: [
        // Lite0 has no third block in its second stage.
        Parameter("_blocks.3._project_conv.weight", .convolution, [1, 1, 144, member == "0" ? 40 : 24]),
        Parameter("_blocks.\(lastBlock)._project_conv.weight", .convolution, [1, 1, width, outputs]),
      ],
      // Under timm's names the larger Lite networks and EfficientNet-B0 have all that Lite0 has: what is more of them keeps its name.
      lacks: ["blocks.0.0.se.conv_reduce.weight"] + (member == "0" ? ["blocks.1.2.conv_pw.weight"] : []),
      head: Head(name: "_fc.weight", role: .linear, inputs: 1280))
  }

  private static func squeezeNet(_ architecture: String) -> NetworkSignature {
    NetworkSignature(
      architecture: architecture,
      has: [
        Parameter("features.0.weight", .convolution, [3, 3, 3, 64]),
        Parameter("features.12.squeeze.weight", .convolution, [1, 1, 512, 64]),
      ], head: Head(name: "classifier.1.weight", role: .convolution, inputs: 512))
  }
}
