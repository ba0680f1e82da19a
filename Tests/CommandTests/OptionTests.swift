import ArgumentParser
import Explain
import Images
import Testing

@testable import gaze

@Suite("Options")
struct OptionTests {
  private func recipe(_ arguments: String...) throws -> DisplayRecipe {
    try ExplainCommand.parse(["a.jpg"] + arguments).ask.presentation.recipe
  }

  @Test("The display's options make the recipe")
  func display() throws {
    #expect(try recipe() == DisplayRecipe())
    #expect(
      try recipe(
        "--evidence", "signed", "--colormap", "bwr", "--range", "p99", "--contours", "0.25,0.5", "--colorbar",
        "--unseen",
        "plain", "--alpha", "0.25", "--fade", "value")
        == DisplayRecipe(
          colorMap: .bwr, opacity: 0.25, fade: .value, evidence: .signed, range: .percentile(99),
          contours: [0.25, 0.5],
          unseen: .plain, hasColorBar: true))
    #expect(try recipe("--evidence", "signed").colorMap == .coolwarm)
    #expect(try recipe("--range", "2.5").range == .fixed(2.5))
  }

  @Test(
    "What makes no sense is refused",
    arguments: [
      ["--evidence", "signed", "--colormap", "turbo"], ["--colormap", "coolwarm"], ["--range", "p101"],
      ["--range", "0"], ["--range", "-1"], ["--range", "much"], ["--contours", "0.5,1"], ["--contours", ""],
      ["--alpha", "2"], ["--colorbar", "--no-overlay"], ["--unseen", "blue"], ["--side", "0"],
    ])
  func refused(arguments: [String]) {
    #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg"] + arguments) }
  }

  @Test("A message names the option as it was written")
  func messages() {
    func message(_ arguments: String...) -> String {
      do {
        _ = try ExplainCommand.parse(["a.jpg"] + arguments)
        return ""
      } catch {
        return ExplainCommand.message(for: error)
      }
    }
    #expect(message("--range", "much").hasPrefix("--range must be own, shared, a percentile such as p99"))
    #expect(message("--range", "shared").contains("--class 281 --class 282"))
    #expect(message("--colorbar", "--no-overlay").contains("--no-overlay"))
    #expect(message("--alpha", "2").hasPrefix("--alpha must be a number from 0 to 1"))
  }

  @Test("A window is two numbers, of the photographs; occlusion's is its own")
  func window() throws {
    let arguments = ["a.jpg", "--window", "0,4095", "--method", "occlusion", "--set", "window=11"]
    let ask = try ExplainCommand.parse(arguments).ask
    #expect(ask.window == SampleWindow(low: 0, high: 4095))
    #expect(ask.method.given == ["window": "11"])
    #expect(try ExplainCommand.parse(["a.jpg"]).ask.window == nil)
    for text in ["4095", "7,7", "8,7", "0,65536", ""] {
      for more in [[], ["--method", "occlusion"]] {
        #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg", "--window", text] + more) }
      }
      #expect(throws: (any Error).self) {
        try EvaluateModelCommand.parse(["--model", "m", "--data", "d", "--window", text])
      }
      #expect(throws: (any Error).self) {
        try EvaluateExplanationsCommand.parse(["photos", "--out", "o", "--window", text])
      }
    }
  }

  @Test("Parameters reach the method")
  func parameters() throws {
    let command = try ExplainCommand.parse(["a.jpg", "--method", "rise", "--set", "masks=7", "--set", "seed=3"])
    let parameters = try command.ask.method.method.parameters
    #expect(parameters.contains(MethodParameter("masks", .integer(7))))
    #expect(parameters.contains(MethodParameter("seed", .integer(3))))
    let text = try MethodText("rise:masks=7,seed=3")
    #expect(text.method.parameters == parameters)
    #expect(text.text == "rise:masks=7,seed=3")
  }

  @Test("Several methods have their parameters after their names, as one may have them, too")
  func severalMethods() throws {
    let arguments = ["--method", "grad-cam", "--method", "rise", "--set", "rise.masks=7"]
    let ask = try ExplainCommand.parse(["a.jpg"] + arguments).ask
    #expect(ask.methods == .list([.default, try MethodChoice("rise", ["masks": "7"])]))
    #expect(
      try ExplainCommand.parse(["a.jpg", "--method", "rise", "--set", "rise.masks=7"]).ask.method.given == [
        "masks": "7"
      ])
    for refused in [
      ["--method", "rise", "--method", "rise"], ["--method", "grad-cam", "--method", "rise", "--set", "masks=7"],
      ["--method", "grad-cam", "--method", "rise", "--set", "rise.masks=0"],
      ["--method", "grad-cam", "--method", "rise", "--no-overlay"],
    ] {
      #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg"] + refused) }
    }
  }

  @Test(
    "Methods and parameters that are not there are refused",
    arguments: [
      ["--method", "magic"], ["--set", "masks=7"], ["--method", "rise", "--set", "masks=0"],
      ["--method", "rise", "--set", "masks"], ["--set", "class=3"],
      ["--method", "rise", "--set", "masks=7", "--set", "masks=8"],
    ])
  func refusedMethods(arguments: [String]) {
    #expect(throws: (any Error).self) { try MethodOptions.parse(arguments) }
  }

  @Test(
    "So are they after a colon", arguments: ["magic", "rise:masks", "rise:masks=1,masks=2", "rise:masks=0", "rise:"])
  func refusedTexts(text: String) { #expect(throws: (any Error).self) { try MethodText(text) } }

  @Test("Several photographs need a folder, and one photograph's options are not for several")
  func modes() throws {
    _ = try ExplainCommand.parse(["a.jpg"])
    _ = try ExplainCommand.parse(["a.jpg", "b.jpg", "--out", "maps"])
    #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg", "b.jpg"]) }
    #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg", "--shard", "1/2"]) }
    #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg", "b.jpg", "-o", "maps", "--npy", "a.npy"]) }
  }

  @Test("A range is shared by several classes, which stand side by side")
  func shared() throws {
    let several = ["a.jpg", "--class", "281", "--class", "282"]
    _ = try ExplainCommand.parse(several + ["--range", "shared"])
    #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg", "--class", "281", "--range", "shared"]) }
    #expect(throws: (any Error).self) { try ExplainCommand.parse(["a.jpg", "--range", "shared"]) }
    #expect(throws: (any Error).self) { try ExplainCommand.parse(several + ["--no-overlay"]) }
  }

  @Test("Metrics are a list or all")
  func metrics() throws {
    func ask(_ arguments: String...) throws -> FaithfulnessAsk { try MetricOptions.parse(arguments).ask([]) }
    #expect(try ask().metrics == FaithfulnessMetric.default)
    #expect(try ask("--metrics", "road,deletion").metrics == [.road, .deletion])
    #expect(try ask("--metrics", "all").metrics == Set(FaithfulnessMetric.allCases))
    #expect(try ask("--road-percentages", "20,50").rules.roadPercentages == [20, 50])
    for arguments in [
      ["--metrics", "road,beauty"], ["--metrics", ""], ["--road-percentages", "20,100"],
      ["--road-percentages", "20,,50"], ["--steps", "0"], ["--steps", "many"],
    ] {
      #expect(throws: (any Error).self) { try MetricOptions.parse(arguments) }
    }
  }
}
