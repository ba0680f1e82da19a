import Autodiff
import Foundation
import TestSupport
import Testing

@testable import WeightFiles

/// Cuts the file at each byte (at `cuts` places of a large one) and changes bytes at random: opening it and reading all
/// of it has to end in values or in a typed error. A cut file must never be accepted.
func expectSoundness(
  of file: [UInt8], cuts: Int = 2000, flips: Int, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let folder = try ScratchFolder()
  try readAll(folder.add("file", file))
  for length in stride(from: 0, to: file.count, by: max(1, file.count / cuts)) {
    let path = try folder.add("file", Array(file.prefix(length)))
    #expect(throws: WeightFileError.self, "cut at \(length)", sourceLocation: sourceLocation) { try readAll(path) }
  }
  var random = SplitMix64(seed: 20_15)
  for _ in 0..<flips {
    var changed = file
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      changed[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    let path = try folder.add("file", changed)
    do throws(WeightFileError) { try readAll(path) } catch { #expect(!error.description.isEmpty) }
  }
}

private func readAll(_ path: String) throws(WeightFileError) {
  let file = try openWeightFile(path)
  for entry in file.entries {
    let floats = try file.floats(entry.name)
    #expect(floats.count == entry.shape.reduce(1, *))
  }
}
