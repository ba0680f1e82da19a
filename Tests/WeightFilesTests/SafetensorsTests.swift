import Foundation
import TestSupport
import Testing

@testable import WeightFiles

@Suite
struct SafetensorsTests {
  @Test("what is written is read back: order, names, metadata and every bit")
  func roundTrip() throws {
    let folder = try ScratchFolder()
    let half: [UInt8] = [0x00, 0x3C, 0x00, 0xC0]  // 1, -2
    let tensors = [
      SafetensorsTensor(TensorEntry(name: "half", shape: [2, 1], type: .float16)) { try half.withUnsafeBytes($0) },
      SafetensorsTensor(name: "z \"é\" \\ \n\u{1F}😀", shape: [], values: [-0.0]),
      SafetensorsTensor(name: "a", shape: [2, 3], values: [1.5, -2, .infinity, 0x1p-149, 3, .pi]),
      SafetensorsTensor(name: "empty", shape: [0, 7], values: []),
    ]
    try writeSafetensors(tensors, metadata: ["format": "pt", "b\t": "\"2\""], to: folder("x"))
    let file = try SafetensorsFile(folder("x"))

    // Wider elements first, then by name.
    #expect(
      file.entries == [
        TensorEntry(name: "a", shape: [2, 3], type: .float32),
        TensorEntry(name: "empty", shape: [0, 7], type: .float32),
        TensorEntry(name: "z \"é\" \\ \n\u{1F}😀", shape: [], type: .float32),
        TensorEntry(name: "half", shape: [2, 1], type: .float16),
      ])
    #expect(file.metadata == ["format": "pt", "b\t": "\"2\""])
    #expect(try file.floats("a") == [1.5, -2, .infinity, 0x1p-149, 3, .pi])
    #expect(try file.floats("half") == [1, -2])
    #expect(try file.floats("empty") == [])
    #expect(try file.floats("z \"é\" \\ \n\u{1F}😀").map(\.sign) == [.minus])
    #expect(try file.withUnsafeBytes("half") { Array($0) } == half)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
  }

  @Test("what was let go is read again, and its neighbours are untouched")
  func release() throws {
    let folder = try ScratchFolder()
    let names = ["first", "large", "last"]
    let tensors = names.enumerated().map { index, name in
      SafetensorsTensor(name: name, shape: [5000 + index], values: (0..<5000 + index).map { Float($0 * 3 + index) })
    }
    try writeSafetensors(tensors, to: folder("x"))
    let file = try SafetensorsFile(folder("x"))
    for released in names {
      file.release(released)
      for (index, name) in names.enumerated() {
        #expect(try file.floats(name) == (0..<5000 + index).map { Float($0 * 3 + index) })
      }
    }
  }

  @Test("the bytes are those of the reference implementation")
  func referenceBytes() throws {
    // safetensors 0.8.0: save({"b": float32 [1, 2], "a": float32 3, "half": float16 [1]}, {"k": "v"})
    let header =
      #"{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"#
      + #""b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"#
      + #""half":{"dtype":"F16","shape":[1],"data_offsets":[12,14]}}  "#
    let one: [UInt8] = [0x00, 0x3C]
    let written = try fileContents(
      [
        SafetensorsTensor(TensorEntry(name: "half", shape: [1], type: .float16)) { try one.withUnsafeBytes($0) },
        SafetensorsTensor(name: "b", shape: [2], values: [1, 2]), SafetensorsTensor(name: "a", shape: [], values: [3]),
      ], metadata: ["k": "v"])
    #expect(written == safetensors(header, bytes([3, 1, 2]) + one))
  }

  @Test("a failed write leaves the old file and no other")
  func failedWrite() throws {
    struct Interrupted: Error {}
    let folder = try ScratchFolder()
    let path = try folder.add("file", [1, 2, 3])
    let tensor = SafetensorsTensor(TensorEntry(name: "a", shape: [1], type: .float32)) { _ in throw Interrupted() }
    #expect(throws: Interrupted.self) { try writeSafetensors([tensor], to: path) }
    #expect(FileManager.default.contents(atPath: path) == Data([1, 2, 3]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    #expect(throws: WeightFileError.self) { try writeSafetensors([], to: folder("missing/x")) }
  }

  @Test(
    "every element type is converted",
    arguments: [
      ("F64", bytes((-1.5).bitPattern), -1.5), ("F32", bytes([0.1]), 0.1), ("F16", [0x01, 0x00], 0x1p-24),
      ("BF16", [0x49, 0x40], 3.140625), ("I64", bytes(Int64(-1 << 40)), -0x1p40), ("I32", bytes(Int32(-7)), -7),
      ("I16", bytes(Int16(-300)), -300), ("I8", [0x80], -128), ("U64", bytes(UInt64.max), 0x1p64),
      ("U32", bytes(UInt32.max), 0x1p32), ("U16", [0xFF, 0xFF], 65535), ("U8", [200], 200), ("BOOL", [2], 1),
    ] as [(String, [UInt8], Float)])
  func conversion(_ type: String, _ data: [UInt8], _ value: Float) throws {
    let header = #"{"x":{"dtype":"\#(type)","shape":[1],"data_offsets":[0,\#(data.count)]}}"#
    #expect(try open(safetensors(header, data)).floats("x") == [value])
  }

  @Test("types that are not converted are listed, and refused by name", arguments: ["F8_E4M3", "F8_E5M2", "C64"])
  func unconverted(_ type: String) throws {
    let size = type == "C64" ? 8 : 1
    let file = try open(
      safetensors(
        #"{"x":{"dtype":"\#(type)","shape":[1],"data_offsets":[0,\#(size)]}}"#, Array(repeating: 0, count: size)))
    let entry = try #require(file.entries.first)
    #expect(throws: WeightFileError.notConvertible(name: "x", entry.type)) { try file.floats("x") }
  }

  @Test("a tensor that is not there is an error")
  func missing() throws {
    let file = try open(safetensors("{}"))
    #expect(file.entries.isEmpty)
    #expect(throws: WeightFileError.noSuchTensor("x")) { try file.floats("x") }
  }

  @Test("every lie is named", arguments: lies)
  func lie(_ lie: Lie) { lie.expectError() }

  private static func lie(_ header: String, _ dataBytes: Int, _ error: WeightFileError) -> Lie {
    Lie(safetensors(header, Array(repeating: 0, count: dataBytes)), error)
  }

  private static func json(_ expected: JSONMismatch.Expected, _ offset: Int) -> WeightFileError {
    .safetensors(.json(JSONMismatch(expected: expected, offset: offset)))
  }

  private static func x(_ fields: String) -> String { "{\"x\":{\(fields)}}" }

  private static let lies: [Lie] = [
    lie(
      x(#""dtype":"F32","shape":[2],"data_offsets":[0,4]"#), 4, .tensor(name: "x", .byteCount(expected: 8, found: 4))),
    lie(x(#""dtype":"F32","shape":[1],"data_offsets":[0,4]"#), 5, .safetensors(.dataEnd(tensors: 4, file: 5))),
    lie(x(#""dtype":"F32","shape":[1],"data_offsets":[0,4]"#), 3, .safetensors(.dataEnd(tensors: 4, file: 3))),
    lie(
      x(#""dtype":"F32","shape":[1],"data_offsets":[4,8]"#), 8,
      .safetensors(.notAdjacent(tensor: "x", begin: 4, previousEnd: 0))
    ),
    lie(x(#""dtype":"F32","shape":[1],"data_offsets":[4,0]"#), 4, .safetensors(.reversedOffsets(tensor: "x"))),
    lie(x(#""dtype":"F32","shape":[1],"data_offsets":[0]"#), 4, .safetensors(.offsetCount(tensor: "x"))),
    lie(x(#""dtype":"F32","shape":[1],"data_offsets":[0,2,4]"#), 4, .safetensors(.offsetCount(tensor: "x"))),
    lie(x(#""dtype":"F4","shape":[3],"data_offsets":[0,2]"#), 2, .tensor(name: "x", .fractionalBytes(bits: 12))),
    lie(x(#""dtype":"F32","shape":[1]"#), 4, .safetensors(.missingField(tensor: "x", field: "data_offsets"))),
    lie(x(#""dtype":"F32","data_offsets":[0,4]"#), 4, .safetensors(.missingField(tensor: "x", field: "shape"))),
    lie(x(#""shape":[1],"data_offsets":[0,4]"#), 4, .safetensors(.missingField(tensor: "x", field: "dtype"))),
    lie(x(#""dtype":"F32","dtype":"F32""#), 4, .safetensors(.repeatedField(tensor: "x", field: "dtype"))),
    lie(x(#""device":"cpu""#), 4, .safetensors(.unknownField(tensor: "x", field: "device"))),
    lie(
      x(#""dtype":"f32","shape":[1],"data_offsets":[0,4]"#), 4,
      .safetensors(.unknownType(tensor: "x", type: "f32"))
    ),
    lie(
      x(#""dtype":"U8","shape":[0,9223372036854775807,2],"data_offsets":[0,0]"#), 0,
      .tensor(name: "x", .sizeOverflows)
    ),
    lie(
      x(#""dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,0]"#), 0,
      .tensor(name: "x", .sizeOverflows)
    ),
    lie(
      x(#""dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]"#), 1,
      .tensor(name: "x", .tooManyDimensions(17))
    ),
    lie(#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, .safetensors(.repeatedMetadata("a"))),
    lie(#"{"__metadata__":{},"__metadata__":{}}"#, 0, .duplicateTensor("__metadata__")),
    lie(#"{"__metadata__":{"a":null}}"#, 0, json(.string, 21)),
    lie(#"{"x":[]}"#, 0, json(.object, 5)),
    lie(#"{"x"}"#, 0, json(.colon, 4)),
    lie(#"{"x":{},}"#, 0, .safetensors(.missingField(tensor: "x", field: "dtype"))),
    lie(#"{"__metadata__":{},}"#, 0, json(.string, 19)),
    lie(#"{"__metadata__":{"a":"1" "b":"2"}}"#, 0, json(.commaOrBrace, 25)),
    lie(x(#""shape":[1 2]"#), 0, json(.commaOrBracket, 17)),
    lie(x(#""shape":[1,]"#), 0, json(.unsignedInteger, 17)),
    lie(x(#""shape":[01]"#), 0, json(.unsignedInteger, 15)),
    lie(x(#""shape":[-1]"#), 0, json(.unsignedInteger, 15)),
    lie(x(#""shape":[1.0]"#), 0, json(.unsignedInteger, 15)),
    lie(x(#""shape":[9223372036854775808]"#), 0, json(.unsignedInteger, 15)),
    lie(#"{"__metadata__":{"\uD800":""}}"#, 0, json(.validEscape, 18)),
    lie(#"{"__metadata__":{"\uD800\u0041":""}}"#, 0, json(.validEscape, 18)),
    lie(#"{"__metadata__":{"\x41":""}}"#, 0, json(.validEscape, 18)),
    lie("{\"\n\":{}}", 0, json(.validText, 2)),
    lie("{\"abc", 0, json(.stringEnd, 5)),
    lie("{} {}", 0, json(.end, 3)),
    lie("{}\0", 0, json(.end, 2)),
  ]

  @Test("blanks and escapes that JSON allows are read")
  func blanksAndEscapes() throws {
    let header =
      "{ \"\\u0061\\uD83D\\uDE00\\/\\b\" :\t{ \"shape\" : [ 1 , 1 ] ,\r\n"
      + "\"data_offsets\":[0,4],\"dtype\":\"F32\"} }  \n"
    #expect(try open(safetensors(header, bytes([7]))).floats("a😀/\u{8}") == [7])
  }

  @Test("half a file and changed bytes are refused or read, never more")
  func damage() throws {
    let whole = try fileContents(
      [
        SafetensorsTensor(name: "layer.weight", shape: [2, 2], values: [1, 2, 3, 4]),
        SafetensorsTensor(name: "b", shape: [1], values: [5]),
      ], metadata: ["format": "pt"])
    try expectSoundness(of: whole, flips: 400)
  }

  /// The bytes that `writeSafetensors` writes.
  private func fileContents(_ tensors: [SafetensorsTensor], metadata: [String: String]) throws -> [UInt8] {
    let folder = try ScratchFolder()
    try writeSafetensors(tensors, metadata: metadata, to: folder("x"))
    return Array(try Data(contentsOf: URL(filePath: folder("x"))))
  }
}
