import ArgumentParser
import Digests
import Drawing
import Explain
import Foundation
import Images

/// The content of a file that the user named.
func readFile(_ path: String) throws(Failure) -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw Failure(.noInput, "\(path) cannot be read; check the path and its permissions.")
  }
  return [UInt8](data)
}

/// Writes a file as a whole: under another name first, so that nobody ever sees half of it.
func writeFile(_ bytes: some Sequence<UInt8>, to path: String) throws(Failure) {
  do {
    try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
  } catch {
    throw Failure(.cannotCreate, "\(path) cannot be written; check that the folder exists and may be written to.")
  }
}

/// Makes the folder that a file is to be in.
func makeFolder(for path: String) throws(Failure) {
  let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw Failure(.cannotCreate, "the folder \(folder) cannot be made; check the path and its permissions.")
  }
}

/// One text for one value.
func json(_ value: some Encodable) throws -> Data {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
  return try encoder.encode(value) + Data("\n".utf8)
}

/// Which photograph a result is of.
struct Source: Codable, Hashable, Sendable {
  let file: String
  let sha256: String

  init(_ photograph: Photograph, _ bytes: [UInt8]) {
    file = photograph.name
    sha256 = Digest.sha256(of: bytes).hexadecimal
  }
}

/// What a result was made of and how, as it stands in the result's file: an equal one need not be made again.
struct Provenance<Request: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
  let source: Source
  let request: Request

  /// Whether a file holds a result of just this.
  func isFound(in path: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: path) else { return false }
    return (try? JSONDecoder().decode(Self.self, from: data)) == self
  }
}

/// The kinds of file that a plot can be written as.
enum FigureFormat: String, CaseIterable {
  case png, svg, pdf

  /// - Throws: `ValidationError` for another ending.
  init(of path: String) throws {
    guard let format = Self(rawValue: (path as NSString).pathExtension.lowercased()) else {
      throw ValidationError("\(path) must end in .png, .svg or .pdf, since its ending says what is written.")
    }
    self = format
  }
}

/// Writes a plot in the form that the path's ending names.
func writeFigure(_ plot: CurvePlot, to path: String) throws {
  let figure = try plot.figure()
  switch try FigureFormat(of: path) {
  case .png: try writeFile(encodePNG(figure.rgb()), to: path)
  case .svg: try writeFile(figure.svg().utf8, to: path)
  case .pdf: try writeFile(figure.pdf(), to: path)
  }
}
