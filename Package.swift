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

let package = Package(
  name: "gaze",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2")
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CPNGShim", dependencies: ["CPNG"]),

    room("Autodiff", ["COpenBLAS"]),
    room("Images", ["CTurboJPEG", "CPNGShim"]),
    room("Networks", ["Autodiff", "Images", .product(name: "Crypto", package: "swift-crypto")]),
    room("Explain", ["Autodiff", "Networks", "Images"]),

    .target(name: "TestSupport", dependencies: ["Networks"], path: "Tests/TestSupport", swiftSettings: settings),
    tests("AutodiffTests", ["Autodiff"]),
    tests("ImagesTests", ["Images"]),
    tests("NetworksTests", ["Networks"]),
    tests("ExplainTests", ["Explain"]),
  ]
)
