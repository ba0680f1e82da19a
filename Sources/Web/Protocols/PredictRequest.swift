import Foundation
import HTTPTypes
import Models

/// The body of TensorFlow Serving's `:predict`, for a network whose one input is the bytes of an image.
///
/// Three forms. Rows: `{"instances": [{"bytes": {"b64": "…"}}, …]}`, where `{"b64": "…"}` alone will do, since there is
/// one input. Columns: `{"inputs": {"bytes": [{"b64": "…"}, …]}}`, or the list without the name, or one value alone.
/// And lines, each an instance of its own, as tools for batch prediction write them.
struct PredictRequest: Sendable {
  /// How the answer is laid out.
  enum Form: Sendable {
    /// One object for each instance.
    case rows
    /// One list for each output.
    case columns
  }

  let form: Form
  /// The images' files.
  let images: [[UInt8]]

  /// The network's one input and its outputs.
  static let (input, classes, probabilities) = ("bytes", "CLASSES", "PROBABILITIES")

  /// - Parameters:
  ///   - body: hostile until it is read.
  ///   - maximum: how many images one request may bring.
  init(_ body: [UInt8], maximum: Int) throws(ServiceError) {
    guard !body.isEmpty else { throw Self.malformed("the body is empty") }
    guard !body.starts(with: [0x1F, 0x8B]) else { throw .contentEncoding("gzip") }
    let instances: [Instance]
    if let lines = try Self.lines(of: body, maximum: maximum) {
      (form, instances) = (.rows, lines)
    } else {
      let envelope: Envelope = try Self.decode(body[...], "the body")
      switch (envelope.instances, envelope.inputs) {
      case (nil, nil): throw Self.malformed("Missing 'inputs' or 'instances' key")
      case (_?, _?): throw Self.malformed("Not both 'inputs' and 'instances' keys may be there")
      case (let rows?, nil): (form, instances) = (.rows, rows)
      case (nil, let columns?): (form, instances) = (.columns, columns.instances)
      }
    }
    guard !instances.isEmpty else { throw Self.malformed("there is no instance; send at least one image") }
    guard instances.count <= maximum else { throw Self.tooMany(maximum) }
    var images: [[UInt8]] = []
    for (index, instance) in instances.enumerated() {
      switch instance {
      case .image(let base64):
        guard let data = Data(base64Encoded: base64), !data.isEmpty else {
          throw .badRequest("instances[\(index)]: 'b64' is not the Base64 (RFC 4648) of an image file.")
        }
        images.append([UInt8](data))
      case .wrong(let reason): throw .badRequest("instances[\(index)]: \(reason)")
      }
    }
    self.images = images
  }

  /// One instance; what is wrong with it is kept, to be told with its place.
  private enum Instance: Decodable {
    case image(String)
    case wrong(String)

    init(from decoder: any Decoder) throws {
      guard let container = try? decoder.container(keyedBy: AnyKey.self) else {
        self = .wrong(#"an instance is {"bytes": {"b64": "…"}} or {"b64": "…"}."#)
        return
      }
      let names = Set(container.allKeys.map(\.stringValue))
      if names == ["b64"] {
        self =
          (try? container.decode(String.self, forKey: AnyKey("b64"))).map(Self.image) ?? .wrong("'b64' must be a text.")
      } else if names == [PredictRequest.input] {
        let value = try? container.decode([String: String].self, forKey: AnyKey(PredictRequest.input))
        self =
          value.flatMap { $0.count == 1 ? $0["b64"] : nil }.map(Self.image)
          ?? .wrong(#"'bytes' must be {"b64": "…"}, the Base64 of an image file."#)
      } else {
        self = .wrong("its keys must be equal to: \(PredictRequest.input).")
      }
    }
  }

  private struct Columns: Decodable {
    let instances: [Instance]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let list = try? container.decode([Instance].self) {
        instances = list
      } else if let named = try? container.decode([String: OneOrMany].self) {
        guard Set(named.keys) == [PredictRequest.input], let values = named[PredictRequest.input] else {
          // The object may be a value itself.
          instances = [try container.decode(Instance.self)]
          return
        }
        instances = values.instances
      } else {
        instances = [try container.decode(Instance.self)]
      }
    }
  }

  private struct OneOrMany: Decodable {
    let instances: [Instance]

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      instances = try (try? container.decode([Instance].self)) ?? [container.decode(Instance.self)]
    }
  }

  private struct Envelope: Decodable {
    let instances: [Instance]?
    let inputs: Columns?

    private enum CodingKeys: String, CodingKey {
      case instances, inputs
      case signatureName = "signature_name"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      // There is one signature, by whatever name.
      _ = try container.decodeIfPresent(String.self, forKey: .signatureName)
      instances = try container.decodeIfPresent([Instance].self, forKey: .instances)
      inputs = try container.decodeIfPresent(Columns.self, forKey: .inputs)
    }
  }

  /// The lines of a body whose first line is an instance; nil for any other.
  private static func lines(of body: [UInt8], maximum: Int) throws(ServiceError) -> [Instance]? {
    let lines = body.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
      .filter { line in !line.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    guard let first = lines.first, let keys = try? JSONDecoder().decode(KeysOnly.self, from: Data(first)).names,
      keys.contains(input) || keys.contains("b64")
    else { return nil }
    guard lines.count <= maximum else { throw tooMany(maximum) }
    var instances: [Instance] = []
    for (index, line) in lines.enumerated() { instances.append(try decode(line, "line \(index + 1)")) }
    return instances
  }

  private struct KeysOnly: Decodable {
    let names: Set<String>

    init(from decoder: any Decoder) throws {
      names = Set(try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue))
    }
  }

  private static func decode<Value: Decodable>(_ json: ArraySlice<UInt8>, _ what: String) throws(ServiceError) -> Value
  {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(json))
    } catch {
      throw malformed("\(what) is not JSON of this form")
    }
  }

  private static func malformed(_ reason: String) -> ServiceError {
    .badRequest(
      "Malformed request: \(reason). Send {\"instances\": [{\"bytes\": {\"b64\": \"…\"}}]}, with the Base64 of a JPEG, PNG or WebP file."
    )
  }

  private static func tooMany(_ maximum: Int) -> ServiceError {
    ServiceError(
      status: .contentTooLarge, code: .tooManyValues,
      message: "One request may bring \(maximum) images at most. Send several requests.")
  }
}
