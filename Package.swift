// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: the language modes that Swift is moving to, and in
/// `scripts/test` (GAZE_STRICT=1) warnings as errors.
let settings: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
  ] + (Context.environment["GAZE_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : [])

func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, exclude: readmes[name, default: []], swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let readmes = ["Autodiff": ["README.md"]]

/// What serves HTTP. Only the room Web may use it.
let http: [Target.Dependency] = [
  .product(name: "Hummingbird", package: "hummingbird"),
  .product(name: "HummingbirdCore", package: "hummingbird"),
  .product(name: "HTTPTypes", package: "swift-http-types"),
  .product(name: "Logging", package: "swift-log"),
  .product(name: "Mustache", package: "swift-mustache"),
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
  .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "CoreMetrics", package: "swift-metrics"),
  .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
  .product(name: "Tracing", package: "swift-distributed-tracing"),
  .product(name: "UnixSignals", package: "swift-service-lifecycle"),
]

/// A target for each room. `GAZE_TESTS=ExplainTests,WebTests` leaves out the others, for a quick turn after a change.
let allTests: [Target] = [
  tests("AutodiffTests", ["Autodiff"]),
  tests("ImagesTests", ["Images"]),
  tests("DrawingTests", ["Drawing", "Images"]),
  tests("WeightFilesTests", ["Autodiff", "WeightFiles"]),
  tests("NetworksTests", ["Models", "Networks"]),
  tests("ModelsTests", ["Digests", "Models", "Networks", "WeightFiles"]),
  tests("ExplainTests", ["Digests", "Drawing", "Explain", "Models", "Networks", "WeightFiles"]),
  tests("InterventionsTests", ["Autodiff", "Explain", "Images", "Interventions", "Models", "Networks"]),
  tests("TrainingTests", ["Models", "Training"]),
  tests(
    "CommandTests",
    [
      "gaze", "Autodiff", "Explain", "Images", "Load", "Models", "Networks", "Serving", "Training", "Web",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  tests("AuditTests", ["Audit", "Digests", "Explain", "JSON"]),
  tests("JSONTests", ["JSON"]),
  tests(
    "LoadTests",
    [
      "Autodiff", "Load", .product(name: "NIOCore", package: "swift-nio"),
      .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
    ]),
  tests("ServingTests", ["Autodiff", "Explain", "Images", "Models", "Networks", "Serving"]),
  tests(
    "WebTests",
    [
      "Audit", "Autodiff", "CZlib", "Digests", "Explain", "Images", "JSON", "Models", "Networks", "Serving", "Web",
      .product(name: "NIOEmbedded", package: "swift-nio"),
    ] + http),
]

let chosenTests =
  Context.environment["GAZE_TESTS"].map { names in
    allTests.filter { names.split(separator: ",").contains(Substring($0.name)) }
  } ?? allTests

let package = Package(
  name: "gaze",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache.git", exact: "2.1.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-configuration.git", exact: "1.4.0"),
    .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", exact: "1.7.3"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", exact: "0.2.0"),
    .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CPNGShim", dependencies: ["CPNG", "CISAL"]),
    .target(name: "CKernels", cSettings: [.headerSearchPath(".")]),
    .target(name: "CCurl"),
    .target(
      name: "CDrawing", exclude: ["Headers.c", "font"], linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("m")]),

    room("Autodiff", ["COpenBLAS", "CKernels"]),
    room("Images", ["CTurboJPEG", "CPNGShim", "CWebP", "CKernels"]),
    room("Drawing", ["CDrawing", "Images"]),
    room("Digests", ["CCrypto"]),
    room("WeightFiles", ["CZlib", "JSON"]),
    room("Networks", ["Autodiff", "Images"]),
    room("Models", ["Autodiff", "CCurl", "Digests", "Images", "Networks", "WeightFiles"]),
    room("Explain", ["Autodiff", "Digests", "Drawing", "Images", "Models", "Networks"]),
    room("Interventions", ["Autodiff", "Explain", "Images", "Models", "Networks"]),
    room("Training", ["Autodiff", "Digests", "Images", "Models", "Networks", "WeightFiles"]),
    room("Serving", ["Autodiff", "Digests", "Drawing", "Explain", "Images", "Models", "Networks"]),
    room("JSON", []),
    room("Audit", ["Digests", "Explain", "JSON"]),
    room(
      "Web",
      [
        "Audit", "Autodiff", "CZlib", "Digests", "Drawing", "Explain", "Images", "JSON", "Models", "Networks",
        "Serving",
      ] + http),

    room(
      "Load",
      [
        "Autodiff", .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    .executableTarget(
      name: "gaze",
      dependencies: [
        "Audit", "Autodiff", "Digests", "Drawing", "Explain", "Images", "Interventions", "JSON", "Load", "Models",
        "Networks", "Serving", "Training", "Web",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("Evaluating/Report/theme.css"), .embedInCode("Evaluating/Report/report.css")],
      swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["Autodiff", "Models", "Networks"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(name: "CPeak", path: "Benchmarks/CPeak"),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "Autodiff", "CPeak", "Explain", "Images", "Models", "Networks", "TestSupport", "Training",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks", exclude: ["CPeak", "http", "page.py", "peers", "shortcuts"], swiftSettings: settings),
  ] + chosenTests
)
