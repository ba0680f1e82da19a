/// The instructions of pickle protocols 2 to 4 that checkpoints are written with. Instructions that only code-carrying
/// pickles need (INST, OBJ, EXT1, DUP, …) and the text ones of protocol 0 are left out on purpose: they are refused by
/// name.
///
/// Source: Python's `pickletools`.
enum PickleOpcode: UInt8 {
  case proto = 0x80
  case frame = 0x95
  case stop = 0x2E  // .
  case mark = 0x28  // (

  case none = 0x4E  // N
  case newTrue = 0x88
  case newFalse = 0x89
  case binInt = 0x4A  // J
  case binInt1 = 0x4B  // K
  case binInt2 = 0x4D  // M
  case long1 = 0x8A
  case long4 = 0x8B
  case binFloat = 0x47  // G
  /// Python 2's `str`.
  case shortBinString = 0x55  // U
  case binString = 0x54  // T
  case shortBinUnicode = 0x8C
  case binUnicode = 0x58  // X
  case binUnicode8 = 0x8D
  case shortBinBytes = 0x43  // C
  case binBytes = 0x42  // B
  case binBytes8 = 0x8E

  case emptyTuple = 0x29  // )
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case tuple = 0x74  // t
  case emptyList = 0x5D  // ]
  case append = 0x61  // a
  case appends = 0x65  // e
  case emptyDict = 0x7D  // }
  case setItem = 0x73  // s
  case setItems = 0x75  // u
  case emptySet = 0x8F
  case addItems = 0x90
  case frozenSet = 0x91

  case binPut = 0x71  // q
  case longBinPut = 0x72  // r
  case memoize = 0x94
  case binGet = 0x68  // h
  case longBinGet = 0x6A  // j

  case global = 0x63  // c
  case stackGlobal = 0x93
  case reduce = 0x52  // R
  case newObject = 0x81
  case newObjectWithKeywords = 0x92
  case build = 0x62  // b
  case binPersID = 0x51  // Q
}

/// Why a pickle was refused.
package enum PickleFault: Error, Hashable, Sendable {
  /// An instruction or its operand reaches beyond the end.
  case truncated
  case noProtocol
  case protocolVersion(UInt8)
  case opcode(UInt8)
  case frameBeyondEnd(UInt64)
  case negativeLength(Int)
  case invalidText
  case integerTooLong(bytes: Int)
  case forbiddenGlobal(module: String, name: String)
  case quantized
  case globalNameTooLong
  case stackUnderflow
  case noMark
  /// The pickle stops with other than one value on its stack.
  case leftOver(Int)
  case unsetMemo(Int)
  /// An instruction was given values of other kinds than it works on.
  case wrongOperands(String)
  case malformedStorage
  case storageRedefined(String)
  case malformedTensor
  case tooManySteps
}

extension PickleFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .truncated: "it ends in the middle"
    case .noProtocol: "it does not begin with a protocol version"
    case .protocolVersion(let version): "protocol \(version) is not supported; 2, 3 and 4 are"
    case .opcode(let byte): "the instruction \(opcodeName(byte)) has no place in a state dict"
    case .frameBeyondEnd(let length): "a frame claims \(length) bytes, more than are left"
    case .negativeLength(let length): "a length is \(length)"
    case .invalidText: "a text is not UTF-8"
    case .integerTooLong(let bytes): "an integer has \(bytes) bytes"
    case .forbiddenGlobal(let module, let name):
      Self.holdsModules(module)
        ? "it holds a whole model or layer (\(quoted(module + "." + name))), which is Python code rather than weights; "
          + "load it where you trust it, and save its weights with torch.save(model.state_dict(), \"weights.pth\")"
        : "it refers to \(quoted(module + "." + name)), which is not needed for weights and could run code; "
          + "save the plain state dict instead, with torch.save(model.state_dict(), \"weights.pth\")"
    case .quantized:
      "it holds quantized tensors; save the weights of the model as it was before its quantization, in float32"
    case .globalNameTooLong: "the name of a global is too long"
    case .stackUnderflow: "an instruction wants a value that is not there"
    case .noMark: "an instruction wants a mark that is not there"
    case .leftOver(let count): "it stops with \(count) values instead of one"
    case .unsetMemo(let index): "it refers to the value number \(index), which was never stored"
    case .wrongOperands(let instruction): "\(instruction) was given values that it does not work on"
    case .malformedStorage: "a reference to a storage is malformed"
    case .storageRedefined(let key): "the storage \(quoted(key)) is described in two ways"
    case .malformedTensor: "the description of a tensor is malformed"
    case .tooManySteps: "it takes more than \(Unpickler.maximumSteps) steps, more than any state dict"
    }
  }
}

extension PickleFault {
  /// Whether classes of this Python module are most likely networks or their layers.
  fileprivate static func holdsModules(_ module: String) -> Bool {
    ["torch.nn.modules", "torchvision.models", "timm", "transformers.models", "__main__", "efficientnet_pytorch"]
      .contains { module == $0 || module.hasPrefix($0 + ".") }
  }
}

/// Names of the instructions that somebody may wonder about.
private func opcodeName(_ byte: UInt8) -> String {
  let names: [UInt8: String] = [
    0x30: "POP", 0x31: "POP_MARK", 0x32: "DUP", 0x46: "FLOAT", 0x49: "INT", 0x4C: "LONG", 0x50: "PERSID",
    0x53: "STRING", 0x56: "UNICODE", 0x64: "DICT", 0x67: "GET", 0x69: "INST", 0x6C: "LIST", 0x6F: "OBJ", 0x70: "PUT",
    0x82: "EXT1", 0x83: "EXT2", 0x84: "EXT4", 0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
  ]
  return names[byte] ?? "0x" + hexadecimal(byte)
}
