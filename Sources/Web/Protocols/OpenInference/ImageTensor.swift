import Explain
import HTTPTypes
import Images
import JSON

/// The one input: files of images, or their pixels.
///
/// `BYTES` [N] or [N, 1]: files; in JSON as Base64, in binary data each with its length before it (little-endian, 32
/// bits). `UINT8` [N, H, W, 3]: pixels, upright, RGB, of any size: they are resized and cropped as a file's are.
struct ImageTensor: Sendable {
  static let name = "image"

  enum Datatype: String, CaseIterable {
    case bytes = "BYTES"
    case uint8 = "UINT8"
  }

  let images: [ImageSource]

  /// - Parameters:
  ///   - tensor: of the list of inputs.
  ///   - tail: the binary data behind the JSON, all of which must be this tensor's.
  init(_ tensor: PlacedJSON, tail: ArraySlice<UInt8>, maximumImages: Int) throws(ServiceError) {
    let members = try tensor.members(["name", "shape", "datatype", "parameters", "data"])
    guard let name = members["name"], let datatype = members["datatype"], let shape = members["shape"] else {
      throw tensor.fault("must have name, shape and datatype. \(InferenceRequest.example)")
    }
    guard try name.text() == Self.name else { throw name.fault("must be '\(Self.name)': a model has this one input.") }
    guard let type = Datatype(rawValue: try datatype.text()) else {
      throw datatype.fault(
        "must be BYTES, for files of shape [N], or UINT8, for pixels of shape [N, height, width, 3].")
    }
    let extents = try Self.extents(shape, of: type, maximumImages: maximumImages)
    let parameters = try members["parameters"]?.members(["binary_data_size", "content_type"]) ?? [:]
    switch (members["data"], try parameters["binary_data_size"]?.integer()) {
    case (let data?, nil):
      guard tail.isEmpty else {
        throw tensor.fault(
          "has its data in the JSON, but \(tail.count) bytes follow it. Leave out \(HTTPField.Name.inferenceHeaderLength)."
        )
      }
      let content = parameters["content_type"]
      let encoding = try content?.text() ?? "base64"
      if let content, encoding != "base64" || type != .bytes {
        throw content.fault("must be base64, of BYTES; or left out.")
      }
      images = try Self.images(data, type, extents)
    case (nil, let size?):
      if let content = parameters["content_type"] { throw content.fault("belongs to data in the JSON; leave it out.") }
      guard size == tail.count else {
        throw tensor.fault(
          "has a binary_data_size of \(size), but \(tail.count) bytes follow the JSON. "
            + "\(HTTPField.Name.inferenceHeaderLength) must be the number of bytes of the JSON.")
      }
      images =
        switch type {
        case .bytes: try Self.files(tail, count: extents[0], tensor)
        case .uint8: try Self.pixels(tail, extents, tensor)
        }
    case (nil, nil): throw tensor.fault("must have 'data', or 'binary_data_size' in its parameters.")
    case (_?, _?): throw tensor.fault("has both 'data' and 'binary_data_size'; send one of them.")
    }
  }

  // MARK: Shapes

  /// The shape, checked: [N] of files, [N, H, W, 3] of pixels, none of which is so large that their product is not a
  /// number.
  private static func extents(
    _ shape: PlacedJSON, of type: Datatype, maximumImages: Int
  ) throws(ServiceError) -> [Int] {
    var extents: [Int] = []
    let list = try shape.list()
    guard list.count <= 4 else { throw shape.fault("has \(list.count) dimensions; it has 4 at most.") }
    for extent in list { extents.append(try extent.integer()) }
    guard extents.allSatisfy({ $0 >= 1 }) else { throw shape.fault("must be of numbers from 1 on.") }
    switch type {
    case .bytes:
      guard extents.count == 1 || extents.count == 2 && extents[1] == 1 else {
        throw shape.fault("must be [N] or [N, 1] for BYTES: each element is a file.")
      }
      extents = [extents[0]]
    case .uint8:
      guard extents.count == 4, extents[3] == 3 else {
        throw shape.fault("must be [N, height, width, 3] for UINT8.")
      }
    }
    guard extents[0] <= maximumImages else { throw .tooManyImages(maximumImages) }
    guard product(extents) != nil else { throw shape.fault("is of more elements than there can be.") }
    return extents
  }

  private static func product(_ extents: [Int]) -> Int? {
    var product = 1
    for extent in extents {
      let (next, isOverflow) = product.multipliedReportingOverflow(by: extent)
      if isOverflow { return nil }
      product = next
    }
    return product
  }

  // MARK: Data in JSON

  private static func images(
    _ data: PlacedJSON, _ type: Datatype, _ extents: [Int]
  ) throws(ServiceError) -> [ImageSource] {
    switch type {
    case .bytes:
      let elements = try data.list()
      guard elements.count == extents[0] else {
        throw data.fault("has \(elements.count) elements, but the shape says \(extents[0]).")
      }
      var images: [ImageSource] = []
      for element in elements {
        // [N, 1] written as lists of one.
        if case .list(let inner) = element.value, inner.count == 1 {
          images.append(.file(try ImageInJSON.bytes(of: inner[0], at: element.place + "[0]")))
        } else {
          images.append(.file(try ImageInJSON.bytes(of: element.value, at: element.place)))
        }
      }
      return images
    case .uint8:
      var pixels: [UInt8] = []
      // One list, or lists within lists as the shape has them.
      if case .list(let values) = data.value, case .number = values.first {
        try append(data, [product(extents) ?? 0], to: &pixels)
      } else {
        try append(data, extents[...], to: &pixels)
      }
      return try self.pixels(pixels[...], extents, data)
    }
  }

  private static func append(
    _ data: PlacedJSON, _ extents: ArraySlice<Int>, to pixels: inout [UInt8]
  ) throws(ServiceError) {
    guard case .list(let values) = data.value, values.count == extents.first else {
      throw data.fault("must be lists as long as the shape says, or one list of all numbers.")
    }
    let inner = extents.dropFirst()
    for (index, value) in values.enumerated() {
      if inner.isEmpty {
        guard case .number(let text) = value, let pixel = UInt8(text) else {
          throw data.fault("must be whole numbers from 0 to 255.")
        }
        pixels.append(pixel)
      } else {
        try append(PlacedJSON(value, at: "\(data.place)[\(index)]"), inner, to: &pixels)
      }
    }
  }

  // MARK: Binary data

  /// Elements of a length and as many bytes each, one after another, which fill the data.
  private static func files(
    _ data: ArraySlice<UInt8>, count: Int, _ tensor: PlacedJSON
  ) throws(ServiceError) -> [ImageSource] {
    var files: [ImageSource] = []
    var rest = data
    for index in 0..<count {
      let head = rest.prefix(4)
      let length = head.reversed().reduce(0) { $0 << 8 | Int($1) }
      guard head.count == 4, length <= rest.count - 4 else {
        throw tensor.fault(
          "ends within its element \(index). Each is its length, of 4 bytes little-endian, and as many bytes.")
      }
      rest = rest.dropFirst(4)
      files.append(.file([UInt8](rest.prefix(length))))
      rest = rest.dropFirst(length)
    }
    guard rest.isEmpty else {
      throw tensor.fault("has \(rest.count) bytes behind its last element; the shape says \(count).")
    }
    return files
  }

  private static func pixels(
    _ data: ArraySlice<UInt8>, _ extents: [Int], _ tensor: PlacedJSON
  ) throws(ServiceError) -> [ImageSource] {
    guard data.count == product(extents) else {
      throw tensor.fault("has \(data.count) bytes, but its shape \(extents) asks for \(product(extents) ?? 0).")
    }
    let (size, length) = (ImageSize(width: extents[2], height: extents[1]), data.count / extents[0])
    return (0..<extents[0]).map { index in
      let pixels = data.dropFirst(index * length).prefix(length)
      return .pixels(RGBImage(size: size, pixels: [UInt8](pixels)))
    }
  }
}
