/// The names from outside that a pickle may mention. Each is data: a mark by which the reader knows what a value stands
/// for. None is looked up, imported or called.
///
/// The list is by module and name. It holds what describes tensors, and what training scripts save beside them whose
/// constructors do nothing but keep what they are given: numbers, dates, paths, settings. Anything else, and above all
/// anything that could look up, load or run something, is refused.
enum PickleGlobal: Hashable {
  case orderedDict
  case rebuildTensor
  case rebuildTensorV2
  case rebuildParameter
  /// A tensor of a subclass, or one with attributes of its own.
  case rebuildFromType
  case storage(ScalarType)
  /// An object whose attributes are settings worth keeping: `argparse.Namespace` and its like, and dictionaries by
  /// other names.
  case record
  /// A value beside the tensors whose contents are of no interest: a number of NumPy, a date, a device.
  case inert

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "DoubleStorage"): self = .storage(.float64)
    case ("torch", "FloatStorage"): self = .storage(.float32)
    case ("torch", "HalfStorage"): self = .storage(.float16)
    case ("torch", "BFloat16Storage"): self = .storage(.bfloat16)
    case ("torch", "LongStorage"): self = .storage(.int64)
    case ("torch", "IntStorage"): self = .storage(.int32)
    case ("torch", "ShortStorage"): self = .storage(.int16)
    case ("torch", "CharStorage"): self = .storage(.int8)
    case ("torch", "ByteStorage"): self = .storage(.uint8)
    case ("torch", "BoolStorage"): self = .storage(.bool)
    case ("torch", "ComplexFloatStorage"): self = .storage(.complex64)
    default:
      if Self.recordNames[module]?.contains(name) == true {
        self = .record
      } else if Self.inertNames[module]?.contains(name) == true {
        self = .inert
      } else {
        return nil
      }
    }
  }

  private static let recordNames: [String: Set<String>] = [
    "argparse": ["Namespace"],
    "types": ["SimpleNamespace"],
    "collections": ["defaultdict"],
    "lightning.fabric.utilities.data": ["AttributeDict"],
    "lightning_fabric.utilities.data": ["AttributeDict"],
    "lightning.pytorch.utilities.parsing": ["AttributeDict"],
    "pytorch_lightning.utilities.parsing": ["AttributeDict"],
    "omegaconf.dictconfig": ["DictConfig"],
    "omegaconf.nodes": [
      "AnyNode", "StringNode", "IntegerNode", "FloatNode", "BooleanNode", "BytesNode", "PathNode",
    ],
  ]

  private static let inertNames: [String: Set<String>] = {
    let values: Set = [
      "list", "dict", "tuple", "set", "frozenset", "int", "long", "float", "complex", "bool", "str", "unicode", "bytes",
      "bytearray", "slice", "range", "object",
    ]
    let arrays: Set = ["_reconstruct", "scalar"]
    let paths: Set = [
      "Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath",
    ]
    let interpolation: Set = ["InterpolationMode"]
    return [
      "builtins": values, "__builtin__": values,
      // Protocol 2 writes bytes as `_codecs.encode(text, "latin1")`.
      "_codecs": ["encode"],
      "collections": ["Counter", "deque"],
      "datetime": ["datetime", "date", "time", "timedelta", "timezone"],
      "decimal": ["Decimal"], "fractions": ["Fraction"], "uuid": ["UUID", "SafeUUID"],
      "pathlib": paths, "pathlib._local": paths,
      "typing": ["Any", "Union", "Optional", "List", "Dict", "Tuple"],
      "numpy": [
        "dtype", "ndarray", "bool_", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float16", "float32", "float64", "complex64", "complex128", "str_", "bytes_", "object_",
      ],
      "numpy.dtypes": [
        "BoolDType", "Int8DType", "Int16DType", "Int32DType", "Int64DType", "UInt8DType", "UInt16DType", "UInt32DType",
        "UInt64DType", "Float16DType", "Float32DType", "Float64DType", "StrDType", "BytesDType", "ObjectDType",
      ],
      "numpy.core.multiarray": arrays, "numpy._core.multiarray": arrays,
      "numpy.core.numeric": ["_frombuffer"], "numpy._core.numeric": ["_frombuffer"],
      "numpy.random._pickle": ["__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"],
      "numpy.random._mt19937": ["MT19937"], "numpy.random._pcg64": ["PCG64"],
      "torch": [
        "Size", "device", "float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8",
        "bool", "complex64", "complex128", "half", "float", "double", "long", "int", "strided", "contiguous_format",
        "channels_last", "preserve_format",
      ],
      "torch.serialization": ["_get_layout"],
      "torch.nn.parameter": ["Parameter", "Buffer"],
      "torchvision.transforms.functional": interpolation, "torchvision.transforms.transforms": interpolation,
      "omegaconf.listconfig": ["ListConfig"], "omegaconf.base": ["ContainerMetadata", "Metadata"],
    ]
  }()
}
