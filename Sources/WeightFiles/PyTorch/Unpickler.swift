/// A restricted reader of Python pickles: an interpreter of the stack machine that can build dictionaries, lists,
/// strings, numbers and descriptions of tensors, and nothing else. It never executes anything; a name from outside
/// that is not on the list of `PickleGlobal` ends it. Objects of that list are kept as their attributes (settings) or
/// as a mark that something was there.
///
/// Bounds: values live in one array and refer to each other by index, so nesting and cycles cost no recursion; each
/// instruction and each copied element counts as a step, of which there are `maximumSteps`; strings are copied only
/// after their bytes were found in the file. Memory is therefore below a few hundred bytes a step and never follows a
/// claimed length.
struct Unpickler {
  /// EfficientNet-Lite0's state dict takes 11,000.
  static let maximumSteps = 1 << 20
  /// Integers of a state dict fit in 8 bytes, PyTorch's magic number in 10.
  private static let maximumIntegerBytes = 16
  private static let maximumGlobalNameBytes = 256

  /// Index of a value in `values`.
  typealias Reference = Int32

  enum Value {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer of more than 8 bytes: its little-endian two's complement.
    case longInteger([UInt8])
    case float(Double)
    case text(String)
    case bytes
    case tuple([Reference])
    case list([Reference])
    /// A `dict` or `OrderedDict`, in order of insertion.
    case dictionary([(key: Reference, value: Reference)])
    case global(PickleGlobal)
    case storage(StorageView)
    case tensor(PickledTensor)
    /// An object by its attributes, or a dictionary of another class, by its items.
    case record([(key: Reference, value: Reference)])
    case inert
  }

  /// `count` elements of a storage from element `start`; older PyTorch had storages that are parts of others.
  struct StorageView {
    let key: String
    let start: Int
    let count: Int
  }

  /// A tensor as the pickle describes it; nothing but the presence of its storage's description is checked.
  struct PickledTensor {
    let storage: StorageView
    let offset: Int
    let shape: [Int]
    let strides: [Int]
  }

  struct Storage: Equatable {
    let type: ScalarType
    let count: Int
  }

  private var cursor: ByteCursor
  private var values: [Value] = []
  private var stack: [Reference] = []
  /// Heights of the stack.
  private var marks: [Int] = []
  private var memo: [Int: Reference] = [:]
  private var steps = 0
  private var opcodeOffset = 0

  /// Every storage that was mentioned, by its key.
  private(set) var storages: [String: Storage] = [:]
  /// The pickle's value.
  private(set) var root: Value = .none
  /// Where the pickle ends in the file.
  var end: Int { cursor.position }

  /// Reads the pickle that begins at `range`'s start; it may end before `range` does.
  init(_ file: MappedFile, _ range: Range<Int>) throws(WeightFileError) {
    cursor = ByteCursor(file, range)
    do throws(PickleFault) {
      try run()
    } catch {
      throw .pickle(error, offset: opcodeOffset)
    }
  }

  subscript(reference: Reference) -> Value { values[Int(reference)] }

  // MARK: - The machine

  private mutating func run() throws(PickleFault) {
    opcodeOffset = cursor.position
    guard let first = cursor.byte() else { throw .truncated }
    if first != PickleOpcode.proto.rawValue { throw .noProtocol }
    let version = try operand(UInt8.self)
    if !(2...4).contains(version) { throw .protocolVersion(version) }
    while true {
      opcodeOffset = cursor.position
      try countSteps(1)
      let byte = try operand(UInt8.self)
      guard let opcode = PickleOpcode(rawValue: byte) else { throw .opcode(byte) }
      if opcode == .stop { break }
      try execute(opcode)
    }
    if stack.count != 1 || !marks.isEmpty { throw .leftOver(stack.count) }
    root = self[stack[0]]
  }

  private mutating func execute(_ opcode: PickleOpcode) throws(PickleFault) {
    switch opcode {
    case .proto, .stop: throw .opcode(opcode.rawValue)
    case .frame:
      // Frames only group bytes for a reader that streams.
      let length = try operand(UInt64.self)
      if length > UInt64(cursor.remaining) { throw .frameBeyondEnd(length) }
    case .mark: marks.append(stack.count)

    case .none: push(.none)
    case .newTrue: push(.bool(true))
    case .newFalse: push(.bool(false))
    case .binInt: push(.integer(Int(try operand(Int32.self))))
    case .binInt1: push(.integer(Int(try operand(UInt8.self))))
    case .binInt2: push(.integer(Int(try operand(UInt16.self))))
    case .long1: push(try integer(byteCount: Int(try operand(UInt8.self))))
    case .long4: push(try integer(byteCount: Int(try operand(Int32.self))))
    case .binFloat: push(.float(Double(bitPattern: try operand(UInt64.self).byteSwapped)))
    case .shortBinString, .shortBinUnicode: push(.text(try text(byteCount: Int(try operand(UInt8.self)))))
    case .binString: push(.text(try text(byteCount: Int(try operand(Int32.self)))))
    case .binUnicode: push(.text(try text(byteCount: Int(try operand(UInt32.self)))))
    case .binUnicode8: push(.text(try text(byteCount: try longLength())))
    case .shortBinBytes: try skipBytes(Int(try operand(UInt8.self)))
    case .binBytes: try skipBytes(Int(try operand(UInt32.self)))
    case .binBytes8: try skipBytes(try longLength())

    case .emptyTuple: push(.tuple([]))
    case .tuple1: push(.tuple(try pop(1)))
    case .tuple2: push(.tuple(try pop(2)))
    case .tuple3: push(.tuple(try pop(3)))
    case .tuple: push(.tuple(try popToMark()))
    case .emptyList: push(.list([]))
    case .append: try append(try pop(1))
    case .appends: try append(try popToMark())
    case .emptyDict: push(.dictionary([]))
    case .setItem: try setItems(try pop(2))
    case .setItems: try setItems(try popToMark())

    case .binPut: memo[Int(try operand(UInt8.self))] = try top()
    case .longBinPut: memo[Int(try operand(UInt32.self))] = try top()
    case .memoize: memo[memo.count] = try top()
    case .binGet: try recall(Int(try operand(UInt8.self)))
    case .longBinGet: try recall(Int(try operand(UInt32.self)))

    case .global: try pushGlobal(module: try line(), name: try line())
    case .stackGlobal:
      let names = try pop(2)
      guard case .text(let module) = self[names[0]], case .text(let name) = self[names[1]] else {
        throw .wrongOperands("STACK_GLOBAL")
      }
      try pushGlobal(module: module, name: name)
    case .emptySet: push(.inert)
    case .frozenSet:
      _ = try popToMark()
      push(.inert)
    case .addItems:
      _ = try popToMark()
      guard case .inert = self[try top()] else { throw .wrongOperands("ADDITEMS") }

    case .reduce:
      let operands = try pop(2)
      guard case .global(let global) = self[operands[0]], case .tuple(let arguments) = self[operands[1]] else {
        throw .wrongOperands("REDUCE")
      }
      push(try rebuild(global, arguments))
    case .newObject: try makeObject(of: try pop(2)[0])
    case .newObjectWithKeywords: try makeObject(of: try pop(3)[0])
    case .build: try build(from: try pop(1)[0])
    case .binPersID: push(try storage(try pop(1)[0]))
    }
  }

  private mutating func countSteps(_ count: Int) throws(PickleFault) {
    steps += count
    if steps > Self.maximumSteps { throw .tooManySteps }
  }

  // MARK: - Stack and memo

  private mutating func push(_ value: Value) {
    // The number of steps bounds the number of values far below 2^31.
    stack.append(Reference(values.count))
    values.append(value)
  }

  private func top() throws(PickleFault) -> Reference {
    guard stack.count > (marks.last ?? 0) else { throw .stackUnderflow }
    return stack[stack.count - 1]
  }

  private mutating func pop(_ count: Int) throws(PickleFault) -> [Reference] {
    guard stack.count - count >= marks.last ?? 0 else { throw .stackUnderflow }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(PickleFault) -> [Reference] {
    guard let mark = marks.popLast() else { throw .noMark }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ index: Int) throws(PickleFault) {
    guard let reference = memo[index] else { throw .unsetMemo(index) }
    stack.append(reference)
  }

  // MARK: - Operands

  private mutating func operand<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type
  ) throws(PickleFault) -> Integer {
    guard let value = cursor.integer(type) else { throw .truncated }
    return value
  }

  private mutating func longLength() throws(PickleFault) -> Int {
    guard let length = Int(exactly: try operand(UInt64.self)) else { throw .truncated }
    return length
  }

  private mutating func bytes(_ count: Int) throws(PickleFault) -> Range<Int> {
    if count < 0 { throw .negativeLength(count) }
    guard let range = cursor.take(count) else { throw .truncated }
    return range
  }

  private mutating func skipBytes(_ count: Int) throws(PickleFault) {
    _ = try bytes(count)
    push(.bytes)
  }

  private mutating func text(byteCount: Int) throws(PickleFault) -> String {
    guard let text = cursor.file.text(try bytes(byteCount)) else { throw .invalidText }
    return text
  }

  private mutating func integer(byteCount: Int) throws(PickleFault) -> Value {
    if byteCount > Self.maximumIntegerBytes { throw .integerTooLong(bytes: byteCount) }
    let digits = cursor.file.copy(try bytes(byteCount))
    if byteCount > 8 { return .longInteger(digits) }
    let isNegative = digits.last.map { $0 >= 0x80 } ?? false
    return .integer(digits.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  /// The rest of a line, as GLOBAL has its names.
  private mutating func line() throws(PickleFault) -> String {
    let start = cursor.position
    while cursor.position - start <= Self.maximumGlobalNameBytes {
      if try operand(UInt8.self) == UInt8(ascii: "\n") {
        guard let text = cursor.file.text(start..<cursor.position - 1) else { throw .invalidText }
        return text
      }
    }
    throw .globalNameTooLong
  }

  // MARK: - Containers

  private mutating func append(_ items: [Reference]) throws(PickleFault) {
    let target = Int(try top())
    if case .inert = values[target] { return }
    guard case .list(var list) = values[target] else { throw .wrongOperands("APPENDS") }
    // Leaves `list` the only owner of its elements, so that they are not copied.
    values[target] = .none
    list += items
    values[target] = .list(list)
  }

  private mutating func setItems(_ items: [Reference]) throws(PickleFault) {
    let target = Int(try top())
    guard items.count.isMultiple(of: 2) else { throw .wrongOperands("SETITEMS") }
    var pairs: [(key: Reference, value: Reference)]
    let isRecord: Bool
    switch values[target] {
    case .inert: return
    case .dictionary(let present): (pairs, isRecord) = (present, false)
    case .record(let present): (pairs, isRecord) = (present, true)
    default: throw .wrongOperands("SETITEMS")
    }
    values[target] = .none
    for i in stride(from: 0, to: items.count, by: 2) { pairs.append((items[i], items[i + 1])) }
    values[target] = isRecord ? .record(pairs) : .dictionary(pairs)
  }

  // MARK: - Objects

  private mutating func makeObject(of reference: Reference) throws(PickleFault) {
    switch self[reference] {
    case .global(.record): push(.record([]))
    case .global(.orderedDict): push(.dictionary([]))
    case .global(.inert): push(.inert)
    default: throw .wrongOperands("NEWOBJ")
    }
  }

  /// Gives the object on top of the stack its state: attributes of a record are kept. Any other state, such as a state
  /// dict's `_metadata`, is dropped.
  private mutating func build(from state: Reference) throws(PickleFault) {
    let target = Int(try top())
    switch values[target] {
    case .dictionary, .inert, .tensor: break
    case .record(let pairs):
      guard case .dictionary(let attributes) = self[state] else { break }
      try countSteps(attributes.count)
      values[target] = .record(pairs + attributes)
    default: throw .wrongOperands("BUILD")
    }
  }

  // MARK: - What globals stand for

  private mutating func pushGlobal(module: String, name: String) throws(PickleFault) {
    guard let global = PickleGlobal(module: module, name: name) else {
      let isQuantized =
        module == "torch._utils" ? name == "_rebuild_qtensor" : ["qint8", "quint8", "qint32"].contains(name)
      if isQuantized, module.hasPrefix("torch") { throw .quantized }
      throw .forbiddenGlobal(module: module, name: name)
    }
    push(.global(global))
  }

  private mutating func rebuild(_ global: PickleGlobal, _ arguments: [Reference]) throws(PickleFault) -> Value {
    switch global {
    case .orderedDict: return try orderedDict(arguments)
    case .rebuildTensor, .rebuildTensorV2: return try tensor(arguments)
    case .rebuildParameter:
      // (data, requires_grad, backward_hooks[, state])
      guard let first = arguments.first, case .tensor = self[first] else { throw .malformedTensor }
      return self[first]
    case .rebuildFromType:
      // (function, type, arguments, state): the tensor that the function gives, without the state.
      guard arguments.count == 4, case .global(let function) = self[arguments[0]],
        [.rebuildTensor, .rebuildTensorV2, .rebuildParameter].contains(function),
        case .tuple(let inner) = self[arguments[2]]
      else { throw .malformedTensor }
      return try rebuild(function, inner)
    case .storage: throw .wrongOperands("REDUCE")
    case .record: return .record([])
    case .inert: return .inert
    }
  }

  /// `OrderedDict()`, or Python 2's `OrderedDict([[key, value], …])`.
  private mutating func orderedDict(_ arguments: [Reference]) throws(PickleFault) -> Value {
    guard let first = arguments.first else { return .dictionary([]) }
    guard arguments.count == 1, case .list(let items) = self[first] else { throw .wrongOperands("OrderedDict") }
    try countSteps(items.count)
    var pairs: [(key: Reference, value: Reference)] = []
    for item in items {
      switch self[item] {
      case .list(let pair) where pair.count == 2, .tuple(let pair) where pair.count == 2:
        pairs.append((pair[0], pair[1]))
      default: throw .wrongOperands("OrderedDict")
      }
    }
    return .dictionary(pairs)
  }

  /// `(storage, offset, size, stride)`; `_rebuild_tensor_v2` adds `(requires_grad, backward_hooks[, metadata])`.
  private mutating func tensor(_ arguments: [Reference]) throws(PickleFault) -> Value {
    guard arguments.count >= 4, case .storage(let storage) = self[arguments[0]],
      case .integer(let offset) = self[arguments[1]]
    else { throw .malformedTensor }
    return .tensor(
      PickledTensor(
        storage: storage, offset: offset, shape: try integers(arguments[2]), strides: try integers(arguments[3])))
  }

  private mutating func integers(_ reference: Reference) throws(PickleFault) -> [Int] {
    guard case .tuple(let items) = self[reference] else { throw .malformedTensor }
    try countSteps(items.count)
    var integers: [Int] = []
    for item in items {
      guard case .integer(let value) = self[item] else { throw .malformedTensor }
      integers.append(value)
    }
    return integers
  }

  /// `("storage", type, key, location, count[, view])`, where the view is None or `(key, start, count)`.
  private mutating func storage(_ reference: Reference) throws(PickleFault) -> Value {
    guard case .tuple(let items) = self[reference], items.count == 5 || items.count == 6,
      case .text("storage") = self[items[0]], case .global(.storage(let type)) = self[items[1]],
      case .text(let key) = self[items[2]], case .integer(let count) = self[items[4]], count >= 0
    else { throw .malformedStorage }
    let storage = Storage(type: type, count: count)
    if storages.updateValue(storage, forKey: key) ?? storage != storage { throw .storageRedefined(key) }
    guard items.count == 6 else { return .storage(StorageView(key: key, start: 0, count: count)) }
    switch self[items[5]] {
    case .none: return .storage(StorageView(key: key, start: 0, count: count))
    case .tuple(let view):
      guard view.count == 3, case .integer(let start) = self[view[1]], case .integer(let viewCount) = self[view[2]],
        start >= 0, viewCount >= 0, start <= count, viewCount <= count - start
      else { throw .malformedStorage }
      return .storage(StorageView(key: key, start: start, count: viewCount))
    default: throw .malformedStorage
    }
  }
}
