import Autodiff
import Images

/// Inception v3: blocks of several branches side by side, whose large kernels are factorised into 1 x n and n x 1 ones.
///
/// - Paper: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", arXiv 1512.00567, table 1 and
///   figures 5 to 7, 10; the branches' channels: torchvision's `inception.py`.
/// - Checkpoints: torchvision's `inception_v3`, converted from the TensorFlow release, and Keras Applications'
///   `InceptionV3`, which averages over the image alone where torchvision counts the padding too; parameters keep the
///   names of each. timm's `inception_v3` is torchvision's.
/// - Published top-1 on ImageNet: 77.3 % (torchvision), 77.9 % (Keras).
///
/// Layers: torchvision's modules; or Keras' poolings and `mixed0` to `mixed10`, and its convolutions before them, which
/// include normalisation and ReLU. The default is the last block.
enum InceptionV3 {
  /// A convolution with its normalisation and ReLU; padded so that stride 1 keeps the extent, or not at all.
  struct Unit: Sendable {
    let name: String
    let kernel: (height: Int, width: Int)
    let outputs: Int
    var stride = 1
    var isPadded = true
  }

  /// One of the branches of a block: perhaps a pooling, convolutions one after the other, and perhaps two more that
  /// both see the last one's result.
  struct Branch: Sendable {
    enum Pooling: Sendable { case average, maximum }

    var pooling: Pooling?
    var chain: [Unit] = []
    var fork: [Unit] = []

    var units: [Unit] { chain + fork }
  }

  /// Table 1 up to the blocks; a pooling 3x3 with stride 2 follows the convolutions of each list.
  static let stem: [[Unit]] = [
    [
      Unit(name: "Conv2d_1a_3x3", kernel: (3, 3), outputs: 32, stride: 2, isPadded: false),
      Unit(name: "Conv2d_2a_3x3", kernel: (3, 3), outputs: 32, isPadded: false),
      Unit(name: "Conv2d_2b_3x3", kernel: (3, 3), outputs: 64),
    ],
    [
      Unit(name: "Conv2d_3b_1x1", kernel: (1, 1), outputs: 80),
      Unit(name: "Conv2d_4a_3x3", kernel: (3, 3), outputs: 192, isPadded: false),
    ],
  ]

  /// The blocks, and what each depends on.
  static let blocks: [(name: String, branches: [Branch], field: ReceptiveField)] = [
    ("Mixed_5b", a(pool: 32), .window(5)), ("Mixed_5c", a(pool: 64), .window(5)), ("Mixed_5d", a(pool: 64), .window(5)),
    ("Mixed_6a", b, .window(3).followed(by: .unpadded(3, stride: 2))),
    ("Mixed_6b", c(128), .window(13)), ("Mixed_6c", c(160), .window(13)), ("Mixed_6d", c(160), .window(13)),
    ("Mixed_6e", c(192), .window(13)),
    ("Mixed_7a", d, .window(7).followed(by: .unpadded(3, stride: 2))),
    ("Mixed_7b", e, .window(5)), ("Mixed_7c", e, .window(5)),
  ]

  /// Figure 5.
  private static func a(pool: Int) -> [Branch] {
    [
      Branch(chain: [Unit(name: "branch1x1", kernel: (1, 1), outputs: 64)]),
      Branch(chain: [
        Unit(name: "branch5x5_1", kernel: (1, 1), outputs: 48), Unit(name: "branch5x5_2", kernel: (5, 5), outputs: 64),
      ]),
      Branch(chain: [
        Unit(name: "branch3x3dbl_1", kernel: (1, 1), outputs: 64),
        Unit(name: "branch3x3dbl_2", kernel: (3, 3), outputs: 96),
        Unit(name: "branch3x3dbl_3", kernel: (3, 3), outputs: 96),
      ]),
      Branch(pooling: .average, chain: [Unit(name: "branch_pool", kernel: (1, 1), outputs: pool)]),
    ]
  }

  /// Figure 10.
  private static let b = [
    Branch(chain: [Unit(name: "branch3x3", kernel: (3, 3), outputs: 384, stride: 2, isPadded: false)]),
    Branch(chain: [
      Unit(name: "branch3x3dbl_1", kernel: (1, 1), outputs: 64),
      Unit(name: "branch3x3dbl_2", kernel: (3, 3), outputs: 96),
      Unit(name: "branch3x3dbl_3", kernel: (3, 3), outputs: 96, stride: 2, isPadded: false),
    ]),
    Branch(pooling: .maximum),
  ]

  /// Figure 6, n = 7.
  private static func c(_ channels: Int) -> [Branch] {
    [
      Branch(chain: [Unit(name: "branch1x1", kernel: (1, 1), outputs: 192)]),
      Branch(chain: [
        Unit(name: "branch7x7_1", kernel: (1, 1), outputs: channels),
        Unit(name: "branch7x7_2", kernel: (1, 7), outputs: channels),
        Unit(name: "branch7x7_3", kernel: (7, 1), outputs: 192),
      ]),
      Branch(chain: [
        Unit(name: "branch7x7dbl_1", kernel: (1, 1), outputs: channels),
        Unit(name: "branch7x7dbl_2", kernel: (7, 1), outputs: channels),
        Unit(name: "branch7x7dbl_3", kernel: (1, 7), outputs: channels),
        Unit(name: "branch7x7dbl_4", kernel: (7, 1), outputs: channels),
        Unit(name: "branch7x7dbl_5", kernel: (1, 7), outputs: 192),
      ]),
      Branch(pooling: .average, chain: [Unit(name: "branch_pool", kernel: (1, 1), outputs: 192)]),
    ]
  }

  private static let d = [
    Branch(chain: [
      Unit(name: "branch3x3_1", kernel: (1, 1), outputs: 192),
      Unit(name: "branch3x3_2", kernel: (3, 3), outputs: 320, stride: 2, isPadded: false),
    ]),
    Branch(chain: [
      Unit(name: "branch7x7x3_1", kernel: (1, 1), outputs: 192),
      Unit(name: "branch7x7x3_2", kernel: (1, 7), outputs: 192),
      Unit(name: "branch7x7x3_3", kernel: (7, 1), outputs: 192),
      Unit(name: "branch7x7x3_4", kernel: (3, 3), outputs: 192, stride: 2, isPadded: false),
    ]),
    Branch(pooling: .maximum),
  ]

  /// Figure 7.
  private static let e = [
    Branch(chain: [Unit(name: "branch1x1", kernel: (1, 1), outputs: 320)]),
    Branch(
      chain: [Unit(name: "branch3x3_1", kernel: (1, 1), outputs: 384)],
      fork: [
        Unit(name: "branch3x3_2a", kernel: (1, 3), outputs: 384),
        Unit(name: "branch3x3_2b", kernel: (3, 1), outputs: 384),
      ]),
    Branch(
      chain: [
        Unit(name: "branch3x3dbl_1", kernel: (1, 1), outputs: 448),
        Unit(name: "branch3x3dbl_2", kernel: (3, 3), outputs: 384),
      ],
      fork: [
        Unit(name: "branch3x3dbl_3a", kernel: (1, 3), outputs: 384),
        Unit(name: "branch3x3dbl_3b", kernel: (3, 1), outputs: 384),
      ]),
    Branch(pooling: .average, chain: [Unit(name: "branch_pool", kernel: (1, 1), outputs: 192)]),
  ]

  static let features = 2048
  static let inputSide = 299
  static let epsilon = 1e-3

  static let architectures = [
    Architecture(
      name: "inception-v3", title: "Inception v3",
      preprocessing: .inception(shorterSide: 342, side: inputSide, filter: .bilinear), inputSides: 75...1024,
      signature: NetworkSignature(
        has: [
          .init("Mixed_6c.branch7x7_2.conv.weight", .convolution, [1, 7, 160, 160]),
          .init("Mixed_7c.branch3x3_2a.conv.weight", .convolution, [1, 3, 384, 384]),
        ], lacks: []),
      head: HeadWeight("fc.weight", .linear, inputs: features),
      conventions: [
        NameConvention(
          "torchvision and timm", .pyTorch, modules: [:], asides: ["AuxLogits"],
          note: """
            The image is scaled to -1...1, as torchvision does it inside the network (transform_input) for its \
            published weights. For a network that was trained on ImageNet's mean and deviation say so.
            """)
      ],
      checkpoints: [
        .torchvision(
          "inception-v3", title: "Inception v3", file: "inception_v3_google", digest: "0cc3c7bd",
          byteCount: 108_950_192, tolerance: 525, top1: 77.294)
      ],
      build: { weights throws(WeightError) in try network(.torchvision, weights) }),
    Architecture(
      name: "keras-inception-v3", title: "Inception v3 (Keras)", preprocessing: .tensorFlow(side: inputSide),
      inputSides: 75...1024,
      signature: NetworkSignature(
        has: [
          .init("conv2d/kernel", .convolution, [3, 3, 3, 32]),
          .init("conv2d_93/kernel", .convolution, [1, 1, 2048, 192]),
        ], lacks: []),
      head: HeadWeight("predictions/kernel", .linear, inputs: features),
      conventions: [
        NameConvention("Keras", .keras, modules: [:]),
        NameConvention(
          "Keras, counted from 1", .keras, modules: kerasCountedFromOne(convolutions: unitNames.count)),
      ],
      checkpoints: [
        .keras(
          "keras-inception-v3", title: "Inception v3 (Keras)",
          file: "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
          digest: .md5("9a0d58056eeedaa3f26cb7ebd46da564"), byteCount: 96_112_376, licence: "Apache-2.0", top1: 77.9)
      ],
      build: { weights throws(WeightError) in try network(.keras, weights) }),
  ]

  /// torchvision's modules of the convolutions, in the order in which both libraries make them.
  static var unitNames: [String] {
    stem.joined().map { $0.name }
      + blocks.flatMap { block in
        block.branches.flatMap { branch in branch.units.map { "\(block.name).\($0.name)" } }
      }
  }
}
