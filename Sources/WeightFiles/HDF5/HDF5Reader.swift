/// Reads the part of HDF5 that Keras' weight files are made of: superblock 0, groups of symbol tables, text attributes,
/// datasets of floats that are compact, contiguous or chunked, with shuffle and deflate. Everything else is refused.
///
/// Bounds: each structure that is visited counts as steps, of which there are `maximumSteps`; trees may not lead back
/// into themselves; names are limited to `maximumTextBytes`; nothing is allocated by a number that the bytes of the
/// file do not back. No recursion but down a tree's levels, which have to decrease.
///
/// Source: The HDF Group, "HDF5 File Format Specification Version 3.0"; section numbers below are of it.
struct HDF5Reader {
  static let maximumSteps = 1 << 19
  static let maximumTextBytes = 256
  /// Of a model's configuration, which is one text.
  static let maximumConfigurationBytes = 32 << 20
  private static let undefinedAddress = UInt64.max

  let file: MappedFile
  /// Address of the root group's object header.
  let root: UInt64
  private var steps = 0
  private var groups: [UInt64: Group] = [:]
  private var stringHeaps: [UInt64: [UInt16: Range<Int>]] = [:]

  static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Reads the superblock (II.A).
  init(_ file: MappedFile) throws(HDF5Fault) {
    guard file.starts(with: Self.signature) else { throw .signature }
    var cursor = ByteCursor(file, 8..<file.count)
    guard let version = cursor.byte() else { throw .outside(.superblock, address: 0) }
    if version != 0 { throw .version(.superblock, version) }
    guard cursor.take(4) != nil, let offsetSize = cursor.byte(), let lengthSize = cursor.byte(), cursor.take(9) != nil,
      let base = cursor.integer(UInt64.self), cursor.take(8) != nil, let end = cursor.integer(UInt64.self),
      cursor.take(16) != nil, let root = cursor.integer(UInt64.self)
    else { throw .outside(.superblock, address: 0) }
    if offsetSize != 8 || lengthSize != 8 { throw .addressSize }
    if base != 0 { throw .userBlock }
    if end > UInt64(file.count) { throw .truncated(expected: end, found: file.count) }
    self.file = file
    self.root = root
  }

  // MARK: - Groups

  struct Group {
    /// In the order of the group's tree, which is alphabetical.
    private(set) var names: [String] = []
    /// Addresses of the members' object headers.
    private(set) var headers: [String: UInt64] = [:]

    fileprivate mutating func append(_ name: String, _ header: UInt64) throws(HDF5Fault) {
      if headers.updateValue(header, forKey: name) != nil { throw .malformed(.symbolTable) }
      names.append(name)
    }
  }

  /// The group whose object header is at `header`; `path` names it in errors.
  mutating func group(at header: UInt64, path: String) throws(HDF5Fault) -> Group {
    if let known = groups[header] { return known }
    guard let table = try messages(of: header).first(where: { $0.type == .symbolTable }) else {
      throw .notAGroup(path: path)
    }
    var cursor = ByteCursor(file, table.data)
    guard let tree = cursor.integer(UInt64.self), let heap = cursor.integer(UInt64.self) else {
      throw .malformed(.symbolTable)
    }
    let names = try nameHeap(at: heap)
    var group = Group()
    for leaf in try leaves(of: tree, .groupTree, type: 0, keySize: 8) {
      try readSymbols(at: leaf.child, names, into: &group)
    }
    groups[header] = group
    return group
  }

  /// The object header at the end of `path`, whose components are separated by “/”, below the group at `start`.
  mutating func find(_ path: String, below start: UInt64) throws(HDF5Fault) -> UInt64 {
    var header = start
    for component in path.split(separator: "/") {
      try countSteps(1)
      guard let member = try group(at: header, path: path).headers[String(component)] else {
        throw .missing(path: path)
      }
      header = member
    }
    return header
  }

  /// A symbol table node (III.B, III.C).
  private mutating func readSymbols(
    at address: UInt64, _ names: Range<Int>, into group: inout Group
  ) throws(HDF5Fault) {
    var cursor = try structure("SNOD", .symbolTable, at: address)
    guard let version = cursor.byte(), cursor.take(1) != nil, let count = cursor.integer(UInt16.self) else {
      throw .outside(.symbolTable, address: address)
    }
    if version != 1 { throw .version(.symbolTable, version) }
    try countSteps(Int(count))
    for _ in 0..<count {
      guard let nameOffset = cursor.integer(UInt64.self), let header = cursor.integer(UInt64.self),
        let cacheType = cursor.integer(UInt32.self), cursor.take(20) != nil
      else { throw .outside(.symbolTable, address: address) }
      let name = try self.name(at: nameOffset, in: names)
      // Cache type 2 is a soft link; other kinds of links live in newer structures only.
      if cacheType > 1 { throw .softLink(name) }
      try group.append(name, header)
    }
  }

  /// The names of a group's members (III.D): where the text lies.
  private func nameHeap(at address: UInt64) throws(HDF5Fault) -> Range<Int> {
    var cursor = try structure("HEAP", .nameHeap, at: address)
    guard let version = cursor.byte(), cursor.take(3) != nil, let size = cursor.integer(UInt64.self),
      cursor.take(8) != nil, let data = cursor.integer(UInt64.self)
    else { throw .outside(.nameHeap, address: address) }
    if version != 0 { throw .version(.nameHeap, version) }
    return try range(at: data, count: size, .nameHeap)
  }

  private func name(at offset: UInt64, in heap: Range<Int>) throws(HDF5Fault) -> String {
    guard offset < UInt64(heap.count) else { throw .malformed(.nameHeap) }
    let start = heap.lowerBound + Int(offset)
    return try text(start..<heap.upperBound, isTerminated: true)
  }

  // MARK: - Trees

  private typealias Leaf = (key: Range<Int>, child: UInt64)

  /// What a version 1 B-tree (III.A) leads to, in order: the address of each leaf and the key in front of it.
  private mutating func leaves(
    of root: UInt64, _ part: HDF5Fault.Part, type: UInt8, keySize: Int
  ) throws(HDF5Fault) -> [Leaf] {
    var visited: Set<UInt64> = []
    var leaves: [Leaf] = []
    try collectLeaves(at: root, level: nil, part, type, keySize, &visited, &leaves)
    return leaves
  }

  private mutating func collectLeaves(
    at address: UInt64, level: UInt8?, _ part: HDF5Fault.Part, _ type: UInt8, _ keySize: Int,
    _ visited: inout Set<UInt64>, _ leaves: inout [Leaf]
  ) throws(HDF5Fault) {
    // A node that is reached twice would multiply its leaves, even without a loop.
    if !visited.insert(address).inserted { throw .cycle(address: address) }
    var cursor = try structure("TREE", part, at: address)
    guard let nodeType = cursor.byte(), let nodeLevel = cursor.byte(), let count = cursor.integer(UInt16.self),
      cursor.take(16) != nil
    else { throw .outside(part, address: address) }
    if nodeType != type { throw .malformed(part) }
    if let level, nodeLevel != level { throw .malformed(part) }
    try countSteps(Int(count))
    for _ in 0..<count {
      guard let key = cursor.take(keySize), let child = cursor.integer(UInt64.self) else {
        throw .outside(part, address: address)
      }
      if nodeLevel == 0 {
        leaves.append((key, child))
      } else {
        try collectLeaves(at: child, level: nodeLevel - 1, part, type, keySize, &visited, &leaves)
      }
    }
  }

  // MARK: - Object headers

  /// The kinds of messages that are looked at (IV.A.2).
  enum MessageType: UInt16 {
    case dataspace = 0x01
    case datatype = 0x03
    case externalFiles = 0x07
    case layout = 0x08
    case filters = 0x0B
    case attribute = 0x0C
    case continuation = 0x10
    case symbolTable = 0x11
  }

  struct Message {
    let type: MessageType
    let isShared: Bool
    let data: Range<Int>
  }

  /// The messages of an object header of version 1 (IV.A.1.a), continuations followed.
  mutating func messages(of address: UInt64) throws(HDF5Fault) -> [Message] {
    let start = try range(at: address, count: 16, .objectHeader).lowerBound
    var prefix = ByteCursor(file, start..<start + 16)
    guard let version = prefix.byte(), prefix.take(1) != nil, let count = prefix.integer(UInt16.self),
      prefix.take(4) != nil, let size = prefix.integer(UInt32.self)
    else { throw .outside(.objectHeader, address: address) }
    // Version 2 begins with the letters OHDR.
    if version != 1 { throw .version(.objectHeader, version) }

    var blocks = [try range(at: address + 16, count: UInt64(size), .objectHeader)][...]
    var messages: [Message] = []
    var left = Int(count)
    try countSteps(left)
    while let block = blocks.popFirst() {
      var cursor = ByteCursor(file, block)
      while left > 0, cursor.remaining >= 8 {
        left -= 1
        guard let type = cursor.integer(UInt16.self), let size = cursor.integer(UInt16.self),
          let flags = cursor.byte(), cursor.take(3) != nil, let data = cursor.take(Int(size))
        else { throw .malformed(.objectHeader) }
        guard let type = MessageType(rawValue: type) else { continue }
        if type == .continuation {
          var place = ByteCursor(file, data)
          guard let offset = place.integer(UInt64.self), let length = place.integer(UInt64.self) else {
            throw .malformed(.objectHeader)
          }
          blocks.append(try range(at: offset, count: length, .objectHeader))
        } else {
          messages.append(Message(type: type, isShared: flags & 2 != 0, data: data))
        }
      }
    }
    if left > 0 { throw .malformed(.objectHeader) }
    return messages
  }

  // MARK: - Attributes

  /// The strings of a text attribute of the object at `header`, one for a scalar; nil if there is no such attribute.
  mutating func strings(_ name: String, of header: UInt64) throws(HDF5Fault) -> [String]? {
    for message in try messages(of: header) where message.type == .attribute {
      let attribute = try HDF5Attribute(file, message)
      if attribute.name == name { return try strings(of: attribute) }
    }
    return nil
  }

  /// The text attribute of the object at `header` that holds a model's configuration; nil if there is none.
  mutating func configuration(_ name: String, of header: UInt64) throws(HDF5Fault) -> String? {
    for message in try messages(of: header) where message.type == .attribute {
      let attribute = try HDF5Attribute(file, message)
      guard attribute.name == name, attribute.count == 1 else { continue }
      var cursor = ByteCursor(file, attribute.data)
      var place: Range<Int>?
      switch attribute.type {
      case .fixedString(let size): place = cursor.take(size)
      case .variableString:
        guard let length = cursor.integer(UInt32.self), let heap = cursor.integer(UInt64.self),
          let index = cursor.integer(UInt32.self), let index = UInt16(exactly: index)
        else { throw .malformed(.attribute) }
        place = try stringHeap(at: heap)[index].flatMap { Int(length) <= $0.count ? $0.prefix(Int(length)) : nil }
      case .number: throw .attributeType(name)
      }
      guard let place, place.count <= Self.maximumConfigurationBytes else { throw .malformed(.attribute) }
      let end = file.withBytes(place) { $0.firstIndex(of: 0) } ?? place.count
      guard let text = file.text(place.prefix(end)) else { throw .invalidText }
      return text
    }
    return nil
  }

  private mutating func strings(of attribute: HDF5Attribute) throws(HDF5Fault) -> [String] {
    // Keras writes an empty list as an array of no numbers.
    if attribute.count == 0 { return [] }
    try countSteps(attribute.count)
    var cursor = ByteCursor(file, attribute.data)
    var strings: [String] = []
    for _ in 0..<attribute.count {
      switch attribute.type {
      case .fixedString(let size):
        guard let place = cursor.take(size) else { throw .malformed(.attribute) }
        strings.append(try text(place, isTerminated: false))
      case .variableString:
        guard let length = cursor.integer(UInt32.self), let heap = cursor.integer(UInt64.self),
          let index = cursor.integer(UInt32.self)
        else { throw .malformed(.attribute) }
        strings.append(length == 0 ? "" : try heapString(at: heap, index, byteCount: Int(length)))
      case .number: throw .attributeType(attribute.name)
      }
    }
    return strings
  }

  private mutating func heapString(at heap: UInt64, _ index: UInt32, byteCount: Int) throws(HDF5Fault) -> String {
    let objects = try stringHeap(at: heap)
    guard let index = UInt16(exactly: index), let object = objects[index], byteCount <= object.count else {
      throw .malformed(.stringHeap)
    }
    return try text(object.prefix(byteCount), isTerminated: false)
  }

  /// A global heap collection (III.E): the place of each object by its index.
  private mutating func stringHeap(at address: UInt64) throws(HDF5Fault) -> [UInt16: Range<Int>] {
    if let known = stringHeaps[address] { return known }
    var head = try structure("GCOL", .stringHeap, at: address)
    guard let version = head.byte(), head.take(3) != nil, let size = head.integer(UInt64.self) else {
      throw .outside(.stringHeap, address: address)
    }
    if version != 1 { throw .version(.stringHeap, version) }
    let whole = try range(at: address, count: size, .stringHeap)
    guard whole.count >= 16 else { throw .malformed(.stringHeap) }
    var cursor = ByteCursor(file, whole.dropFirst(16))
    var objects: [UInt16: Range<Int>] = [:]
    // Index 0 is the free space at the end.
    while cursor.remaining >= 16, let index = cursor.integer(UInt16.self), index != 0 {
      try countSteps(1)
      guard cursor.take(6) != nil, let size = cursor.integer(UInt64.self), size <= UInt64(cursor.remaining),
        let object = cursor.take(Int(size))
      else { throw .malformed(.stringHeap) }
      _ = cursor.take(min((8 - Int(size) % 8) % 8, cursor.remaining))
      objects[index] = object
    }
    stringHeaps[address] = objects
    return objects
  }

  // MARK: - Datasets

  /// The description of the dataset at `header`, its chunks found, its bytes not yet read.
  mutating func dataset(at header: UInt64, path: String) throws(HDF5Fault) -> HDF5Dataset {
    var (shape, type, layout, filters): ([Int]?, HDF5Type?, HDF5Layout?, HDF5Filters) = (nil, nil, nil, HDF5Filters())
    for message in try messages(of: header) {
      switch message.type {
      case .dataspace: shape = try HDF5Dataspace.shape(ByteCursor(file, message.data))
      case .datatype:
        if message.isShared { throw .shared(.datatype) }
        type = try HDF5Type(ByteCursor(file, message.data))
      case .layout: layout = try HDF5Layout(ByteCursor(file, message.data))
      case .filters: filters = try HDF5Filters(ByteCursor(file, message.data))
      case .externalFiles: throw .externalStorage
      case .attribute, .continuation, .symbolTable: break
      }
    }
    guard let shape, let type, let layout else { throw .notADataset(path: path) }
    guard case .number(let element) = type else { throw .elementType }
    let storage: HDF5Dataset.Storage =
      switch layout {
      case .bytes(let range): .bytes(range)
      case .contiguous(Self.undefinedAddress, _), .chunked(Self.undefinedAddress, _, _):
        if shape.contains(0) { .bytes(0..<0) } else { throw .neverWritten }
      case .contiguous(let address, let size): .bytes(try range(at: address, count: size, .data))
      case .chunked(let tree, let chunk, let elementBytes):
        .chunks(
          try chunks(of: tree, HDF5ChunkGrid(shape: shape, chunk: chunk), elementBytes, element), shape: chunk, filters)
      }
    return HDF5Dataset(shape: shape, type: element, storage: storage)
  }

  /// The chunks of a dataset from their tree (III.A.1, node type 1): all of the grid, each once.
  private mutating func chunks(
    of tree: UInt64, _ grid: HDF5ChunkGrid, _ elementBytes: Int, _ type: ScalarType
  ) throws(HDF5Fault) -> [HDF5Dataset.Chunk] {
    if elementBytes * 8 != type.bitWidth { throw .malformed(.layout) }
    var seen: Set<[Int]> = []
    var chunks: [HDF5Dataset.Chunk] = []
    // A key: size in the file, mask of filters left out, and the first element's index with a 0 for its bytes.
    for leaf in try leaves(of: tree, .chunkTree, type: 1, keySize: 8 + 8 * (grid.rank + 1)) {
      var key = ByteCursor(file, leaf.key)
      guard let size = key.integer(UInt32.self), let skipped = key.integer(UInt32.self) else {
        throw .malformed(.chunkTree)
      }
      var origin: [Int] = []
      for _ in 0..<grid.rank { origin.append(Int(clamping: key.integer(UInt64.self) ?? .max)) }
      if !grid.contains(origin: origin) || !seen.insert(origin).inserted { throw .chunkPlace }
      chunks.append(
        HDF5Dataset.Chunk(
          origin: origin, place: try range(at: leaf.child, count: UInt64(size), .data), skippedFilters: skipped))
    }
    if chunks.count != grid.count { throw .chunkCount(expected: grid.count, found: chunks.count) }
    return chunks
  }

  // MARK: - Pieces

  private mutating func countSteps(_ count: Int) throws(HDF5Fault) {
    steps += count
    if steps > Self.maximumSteps { throw .tooManySteps }
  }

  private func range(at address: UInt64, count: UInt64, _ part: HDF5Fault.Part) throws(HDF5Fault) -> Range<Int> {
    guard address <= UInt64(file.count), count <= UInt64(file.count) - address else {
      throw .outside(part, address: address)
    }
    return Int(address)..<Int(address + count)
  }

  /// The rest of the file after a structure's four letters.
  private func structure(
    _ signature: String, _ part: HDF5Fault.Part, at address: UInt64
  ) throws(HDF5Fault) -> ByteCursor {
    let letters = try range(at: address, count: 4, part)
    guard file.starts(with: signature.utf8, at: letters.lowerBound) else {
      throw .badSignature(part, address: address)
    }
    return ByteCursor(file, letters.upperBound..<file.count)
  }

  /// The text up to the first NUL; if `isTerminated`, there has to be one.
  private func text(_ range: Range<Int>, isTerminated: Bool) throws(HDF5Fault) -> String {
    let limit = range.prefix(Self.maximumTextBytes + 1)
    let end = file.withBytes(limit) { $0.firstIndex(of: 0) }
    if end == nil && (isTerminated || limit.count > Self.maximumTextBytes) { throw .textTooLong(bytes: range.count) }
    guard let text = file.text(limit.prefix(end ?? limit.count)) else { throw .invalidText }
    return text
  }
}
