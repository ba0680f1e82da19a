import ArgumentParser
import Foundation
import Serving
import TestSupport
import Testing
import Web

@testable import gaze

@Suite("Settings of gaze serve")
struct SettingTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func read(
    _ flags: [String] = [], _ environment: [String: String] = [:], file: String? = nil
  ) throws -> EffectiveSettings {
    let given = try SettingOptions.parse(flags).given
    guard let file else { return try EffectiveSettings.read(flags: given, environment: environment, file: nil) }
    let path = try folder.add("gaze.json", Array(file.utf8))
    return try EffectiveSettings.read(flags: given, environment: environment, file: path)
  }

  private func refusal(
    _ flags: [String] = [], _ environment: [String: String] = [:], file: String? = nil
  ) -> String {
    do {
      _ = try read(flags, environment, file: file)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("A flag goes before the environment, that before the file, that before the default")
  func precedence() throws {
    let (flags, environment) = (["--keep", "1min"], ["GAZE_KEEP": "2min", "GAZE_PORT": "81"])
    let file = #"{"keep": "3min", "port": 82, "max-side": 100}"#
    let all = try read(flags, environment, file: file)
    #expect(all.settings.service.limits.timeToLive == .seconds(60))
    #expect(all.settings.service.port == 81)
    #expect(all.settings.service.limits.maximumSide == 100)
    #expect(all.settings.service.limits.maximumPasses == ServiceLimits().maximumPasses)
    #expect(all.origins["keep"] == "--keep" && all.origins["port"] == "GAZE_PORT")
    #expect(all.origins["max-side"]?.hasPrefix("\"max-side\" in ") == true && all.origins["max-passes"] == nil)
    #expect(try read([], [:], file: file).settings.service.port == 82)
    #expect(try read().settings.service.port == 8080)
  }

  @Test("The file may be named by the environment")
  func namedFile() throws {
    let path = try folder.add("named.json", Array(#"{"port": 83}"#.utf8))
    #expect(try read([], ["GAZE_CONFIG": path]).settings.service.port == 83)
    #expect(refusal([], ["GAZE_CONFIG": path + ".not"]).contains("cannot be read"))
  }

  @Test("A list of a stronger source takes the place of the weaker's")
  func lists() throws {
    let file = #"{"allowed-host": ["a.example", "b.example"]}"#
    #expect(try read([], [:], file: file).settings.service.allowedHosts == ["a.example", "b.example"])
    let environment = ["GAZE_ALLOWED_HOST": "c.example,d.example"]
    #expect(try read([], environment, file: file).settings.service.allowedHosts == ["c.example", "d.example"])
    #expect(
      try read(["--allowed-host", "e.example", "--allowed-host", "*"], environment, file: file).settings.service
        .allowedHosts == ["e.example", "*"])
    #expect(try read([], [:], file: #"{"allowed-host": "a.example"}"#).settings.service.allowedHosts == ["a.example"])
  }

  @Test("What is no setting is told, with the nearest that is one")
  func unknown() {
    #expect(refusal([], [:], file: #"{"shutdown-timeuot": 3}"#).contains("Did you mean shutdown-timeout?"))
    #expect(refusal([], ["GAZE_MAX_PASES": "3"]).contains("Did you mean GAZE_MAX_PASSES?"))
    let far = refusal([], [:], file: #"{"colour-of-the-door": 3}"#)
    #expect(far.contains("colour-of-the-door") && !far.contains("Did you mean"))
    #expect(throws: (any Error).self) { try SettingOptions.parse(["--max-pases", "3"]) }
  }

  @Test(
    "Variables of other parts, and those that Kubernetes sets for a service named gaze, are no settings",
    arguments: [
      ("GAZE_MODELS", "/models"), ("GAZE_ISA", "avx2"), ("GAZE_SERVICE_HOST", "10.0.0.1"),
      ("GAZE_SERVICE_PORT_HTTP", "80"), ("GAZE_PORT", "tcp://10.0.0.1:80"),
      ("GAZE_PORT_80_TCP", "tcp://10.0.0.1:80"), ("GAZE_PORT_80_TCP_ADDR", "10.0.0.1"),
      ("GAZE_CANARY_PORT", "tcp://10.0.0.1:80"), ("GAZE_KEEP", ""),
    ])
  func others(name: String, value: String) throws {
    let settings = try read([], [name: value])
    #expect(settings.origins.isEmpty && settings.settings.service.port == 8080)
  }

  @Test(
    "A value that cannot be is told by its source, with what can",
    arguments: [
      (["--port", "65536"], [:], nil, "--port takes a whole number from 0 to 65535, not '65536'."),
      ([], ["GAZE_KEEP": "soon"], nil, "GAZE_KEEP takes a time from 1s to 31536000s"),
      ([], ["GAZE_SHUTDOWN_TIMEOUT": "2h"], nil, "GAZE_SHUTDOWN_TIMEOUT takes a time from 0s to 3600s"),
      ([], [:], #"{"cache": "0MB"}"#, "\"cache\" in "), ([], [:], #"{"port": true}"#, "takes a whole number"),
      ([], [:], #"{"port": null}"#, "takes a whole number"), ([], [:], #"{"port": [1]}"#, "takes a whole number"),
      ([], [:], #"{"allowed-host": ["http://a.example"]}"#, "without scheme and port"), ([], [:], "[]", "JSON object"),
      ([], [:], #"{"port": 80"#, "JSON object"), (["--keep", "1h"], [:], #"{"keep": "soon"}"#, "not 'soon'"),
    ] as [([String], [String: String], String?, String)])
  func bounds(flags: [String], environment: [String: String], file: String?, part: String) {
    let text = refusal(flags, environment, file: file)
    #expect(text.contains(part), "\(text)")
  }

  @Test("Settings that contradict each other are told")
  func contradictions() {
    #expect(refusal(["--max-body", "200MB"]).contains("receiving-bytes to 400MB"))
    #expect(refusal(["--max-body", "200MB", "--receiving-bytes", "400MB"]).contains("queue-bytes"))
    #expect(
      refusal(["--max-body", "200MB", "--receiving-bytes", "400MB", "--queue-bytes", "400MB"]).isEmpty)
  }

  @Test("What is printed is a file of the same settings")
  func roundTrip() throws {
    let first = try read([
      "--port", "0", "--keep", "1500ms", "--cache", "300", "--allowed-host", "a.example", "--allowed-host", "*",
      "--allowed-origin", "https://a.example", "--threads", "3", "--max-target", "4KB",
    ])
    let second = try read([], [:], file: first.json)
    #expect(second.json == first.json)
    #expect(second.settings.service.limits.timeToLive == .milliseconds(1500))
    #expect(second.settings.service.limits.keptBytes == 300 << 20)
    #expect(second.settings.service.allowedOrigins == [Origin("https://a.example")!])
    #expect(second.settings.threads == 3)
  }

  @Test("Every setting takes its own default, under one name that no other has")
  func table() throws {
    let usual = ServeSettings()
    var settings = usual
    for setting in ServeSetting.all {
      if let texts = setting.texts(usual) { try setting.apply(texts, &settings) }
      #expect(setting.help.hasSuffix(".") || setting.help.contains("default:"), "\(setting.name)")
    }
    #expect(Set(ServeSetting.all.map(\.name)).count == ServeSetting.all.count)
    #expect(ServeSetting.all.compactMap { $0.texts(settings) } == ServeSetting.all.compactMap { $0.texts(usual) })
  }

  @Test(
    "Times and sizes as they are written",
    arguments: [
      ("20", 20_000), ("20s", 20_000), ("0.5s", 500), ("75ms", 75), ("5min", 300_000), ("5 m", 300_000),
      ("2h", 7_200_000), ("1d", 86_400_000), ("soon", nil), ("", nil), ("5 years", nil), ("1e3", nil), ("ms", nil),
    ] as [(String, Int?)])
  func times(text: String, milliseconds: Int?) {
    #expect(DurationText.read(text) == milliseconds.map { .milliseconds($0) })
  }

  @Test(
    "Sizes",
    arguments: [
      ("256", 256 << 20), ("256MB", 256 << 20), ("8kb", 8192), ("8 KiB", 8192), ("1.5GB", 3 << 29), ("100B", 100),
      ("0", 0), ("big", nil), ("8KBs", nil), ("0x10", nil),
    ] as [(String, Int?)])
  func sizes(text: String, bytes: Int?) {
    #expect(SizeText.read(text) == bytes)
    if let bytes { #expect(SizeText.read(SizeText.written(bytes)) == bytes) }
  }

  @Test("docs/operations.md lists every setting as the table has it")
  func documented() throws {
    let path = URL(filePath: #filePath).appending(path: "../../../docs/operations.md").standardizedFileURL
    let text = try String(contentsOf: path, encoding: .utf8)
    let usual = ServeSettings()
    for setting in ServeSetting.all {
      #expect(text.contains(setting.documentation(usual)), "\(setting.documentation(usual))")
    }
  }
}

extension ServeSetting {
  /// Its row in the table of docs/operations.md.
  fileprivate func documentation(_ usual: ServeSettings) -> String {
    let usual = texts(usual)?.joined(separator: ", ") ?? ""
    // What times and sizes look like stands above the table.
    let range = [.duration, .size].contains(form) ? String(range.split(separator: ", such as")[0]) : range
    return "| `\(name)` | \(usual.isEmpty ? "" : "`\(usual)`") | \(range) | \(help) |"
  }
}
