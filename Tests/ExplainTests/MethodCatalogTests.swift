import Testing

@testable import Explain

@Suite struct MethodCatalogTests {
  @Test(arguments: MethodCatalog.entries.map(\.name)) func anEntryMakesTheMethodOfItsName(_ name: String) throws {
    let entry = try #require(MethodCatalog.entries.first { $0.name == name })
    #expect(try MethodCatalog.method(named: name).name == name)
    #expect(!entry.title.isEmpty && entry.summary.hasSuffix("."))
    for parameter in entry.parameters { #expect(parameter.help.hasSuffix(".")) }
    #expect(MethodCatalog.entries.count { $0.name == name } == 1)
    #expect(MethodCatalog.entries.contains { $0.name == MethodCatalog.defaultName })
  }

  /// What the catalog says to be usual is what a method does that is made without saying anything.
  @Test func theCatalogsStandardsAreTheMethods() throws {
    let plain: [any AttributionMethod] = [
      Saliency(), InputTimesGradient(), SmoothGrad(), IntegratedGradients(), GuidedBackpropagation(), GuidedGradCAM(),
    ]
    for method in plain {
      #expect(try MethodCatalog.method(named: method.name).parameters == method.parameters)
    }
  }

  @Test func parametersReachTheMethod() throws {
    #expect(
      try MethodCatalog.method(
        named: "smoothgrad", ["samples": "7", "noise": "0.25", "seed": "3", "channels": "l2"]
      ).parameters == [
        MethodParameter("samples", .integer(7)), MethodParameter("noise", .number(0.25)), MethodParameter("seed", .integer(3)),
        MethodParameter("channels", .text("l2")),
      ])
    #expect(
      try MethodCatalog.method(named: "integrated-gradients", ["baseline": "blur", "sigma": "4", "steps": "9"])
        .parameters
        == [
          MethodParameter("steps", .integer(9)), MethodParameter("quadrature", .text("gauss-legendre")),
          MethodParameter("baseline", .text("blur")), MethodParameter("sigma", .number(4)), MethodParameter("channels", .text("sum")),
        ])
    #expect(
      try MethodCatalog.method(named: "integrated-gradients", ["baseline": "noise", "seed": "8"]).parameters
        .contains(MethodParameter("seed", .integer(8))))
  }

  @Test(arguments: [
    ("smoothgrad", ["samples": "0"], "'samples' must be a whole number from 1 to 1000."),
    ("smoothgrad", ["noise": "much"], "'noise' must be a number from 0.0 to 1.0."),
    ("smoothgrad", ["noise": "nan"], "'noise' must be a number from 0.0 to 1.0."),
    ("saliency", ["channels": "mean"], "'channels' must be one of sum, max-magnitude, l2."),
    ("saliency", ["steps": "3"], "The method 'saliency' has no parameter 'steps'. It has channels."),
    ("grad-cam", ["steps": "3"], "The method 'grad-cam' has no parameter 'steps', and no other."),
  ])
  func refusesWhatAMethodDoesNotHave(name: String, values: [String: String], message: String) {
    #expect(throws: AttributionError.badParameter(message)) { try MethodCatalog.method(named: name, values) }
  }

  @Test func namesTheMethodsThereAre() {
    do {
      _ = try MethodCatalog.method(named: "gradcam")
      Issue.record("there is no such method")
    } catch {
      #expect("\(error)".contains("grad-cam++") && "\(error)".contains("integrated-gradients"))
    }
  }
}
