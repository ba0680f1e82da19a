extension Architecture {
  /// Every network, in the order in which they are listed. A family's own file says all that there is to say of it.
  package static let all: [Architecture] = [
    EfficientNetLite.architectures,
    EfficientNet.architectures,
    EfficientNetV2.architectures,
    MobileNetV2.architectures,
    MobileNetV3.architectures,
    ResNet.architectures,
    KerasResNet.architectures,
    KerasResNetV2.architectures,
    ResNetD.architectures,
    CIFARResNet.architectures,
    WideResNet.architectures,
    ResNeXt.architectures,
    SEResNet.architectures,
    RegNet.architectures,
    VGG.architectures,
    DenseNet.architectures,
    SqueezeNet.architectures,
    ConvNeXt.architectures,
    ConvNeXtV2.architectures,
    Swin.architectures,
    SwinV2.architectures,
    VisionTransformer.architectures,
    DeiT.architectures,
    DINOv2.architectures,
    CLIPImageTower.architectures,
    InceptionV3.architectures,
    Xception.architectures,
    SmallCNN.architectures,
  ].flatMap { $0 }

  package static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }
}
