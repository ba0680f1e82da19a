import Foundation
import TestSupport
import Testing

@testable import WeightFiles

@Suite
struct WeightFormatTests {
  @Test(
    "a file that is none is said to be what it looks like",
    arguments: [
      ("<!DOCTYPE html><html>", .html), ("\n<html>", .html),
      ("version https://git-lfs.github.com/spec/v1\n", .gitLFSPointer),
      ("{\"error\": {\"a\": 1}}", .json), ("[1, 2, {}]", .json), ("GGUF\u{3}", .gguf), ("GIF89a", .image),
      ("abc", .unknown([97, 98, 99])), ("0123456789", .unknown(Array("01234567".utf8))),
      (String(repeating: "a", count: 257) + "ustar\u{0}", .tar),
    ] as [(String, FileLookAlike)])
  func lookAlike(_ text: String, _ likeness: FileLookAlike) {
    #expect(throws: WeightFileError.unrecognised(likeness)) { try open(bytes(text)) }
  }

  @Test(
    "binary files that are none",
    arguments: [
      ([0x1F, 0x8B, 8, 0], .gzip), ([0x93] + bytes("NUMPY"), .numpy), ([0x89] + bytes("PNG\r\n"), .image),
      ([0xFF, 0xD8, 0xFF, 0xE0], .image), ([0x08, 0x07, 0x12, 0x07], .onnx), ([0x08, 0x01, 0x12, 0x07], .tensorFlow),
      ([0x1C, 0, 0, 0] + bytes("TFL3"), .tensorFlowLite),
    ] as [([UInt8], FileLookAlike)])
  func binaryLookAlike(_ file: [UInt8], _ likeness: FileLookAlike) {
    #expect(throws: WeightFileError.unrecognised(likeness)) { try open(file) }
  }

  @Test(
    "a safetensors file is one whatever its header's length looks like",
    arguments: [
      0x1280, 0x0480,  // a pickle's protocol
      0x12_0708, 0x12_0108,  // ONNX, TensorFlow
    ])
  func lengthOfHeader(_ length: Int) throws {
    let header = bytes(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#)
    let padded = header + [UInt8](repeating: 0x20, count: length - header.count)
    let file = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + padded + [0, 0, 0xC0, 0x3F]
    #expect(try open(file).floats("a") == [1.5])
  }

  @Test("what cannot be opened says why")
  func cannotOpen() throws {
    let folder = try ScratchFolder()
    #expect(throws: WeightFileError.cannotOpen(path: folder("none"), code: ENOENT)) {
      try openWeightFile(folder("none"))
    }
    #expect(throws: WeightFileError.folder(path: folder.path, .noWeights)) { try openWeightFile(folder.path) }
    #expect(throws: WeightFileError.notAFile(path: "/dev/zero")) { try openWeightFile("/dev/zero") }
    #expect(throws: WeightFileError.empty) { try open([]) }
    try #require(mkfifo(folder("fifo"), 0o600) == 0)
    #expect(throws: WeightFileError.notAFile(path: folder("fifo"))) { try openWeightFile(folder("fifo")) }
  }

  @Test("names from a file are shortened and escaped in messages")
  func quoting() {
    #expect(quoted("conv.weight") == "“conv.weight”")
    #expect(quoted("a\u{1B}[31m\nb\u{202E}") == "“a\\u{1B}[31m\\nb\\u{202E}”")
    #expect(quoted(String(repeating: "x", count: 1000)) == "“" + String(repeating: "x", count: 80) + "…”")
  }
}
