import HTTPTypes

/// The id that a client, or a proxy before it, gives to its request, if it can stand in a log as it is: 1 to 128
/// letters, digits and marks of ids and of Base64. Nil if it is anything else, or there is none, or several.
func requestID(of fields: HTTPFields) -> String? {
  let values = fields[values: .requestID]
  guard values.count == 1, (1...128).contains(values[0].utf8.count), values[0].utf8.allSatisfy(isMark) else {
    return nil
  }
  return values[0]
}

private func isMark(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
  default: "-_.~:+/=@".utf8.contains(byte)
  }
}
