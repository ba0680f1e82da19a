import ArgumentParser
import Explain
import Images

/// How photographs are read.
struct DecodingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("\(AskField.window.help)", valueName: "low,high"))
  var window: String?

  func validate() throws {
    do throws(AskError) { _ = try sampleWindow } catch { throw ValidationError(error.description) }
  }

  var sampleWindow: SampleWindow? {
    get throws(AskError) {
      guard let window else { return nil }
      return try SampleWindow(window, spelling: .commandLine)
    }
  }
}
