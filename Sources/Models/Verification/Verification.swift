/// Whether a model was held against the one that it was imported from.
package enum Verification: Hashable, Sendable {
  /// Nobody did: the tensors' names and shapes fit, which says little about how they are computed with.
  case unverified
  /// It is the file that its publisher's digest names.
  case published
  case verified(Proof)

  /// How far the results of the two are apart, on one input.
  package struct Proof: Hashable, Sendable {
    /// SHA-256 of the sample's file, in hexadecimal.
    package var sampleSHA256: String
    /// The largest difference of a logit as a share of the logits' deviation.
    package var logits: Double
    /// The largest of the stages' differences, each the length of the difference as a share of the stage's; nil where
    /// none was compared.
    package var stages: Double?
    /// How many stages were compared.
    package var stageCount: Int
    /// Of the Grad-CAM map, before ReLU and scaling, as of a stage; nil where the sample has none.
    package var map: Double?
    /// Of the gradient by the input; nil where the sample has none.
    package var gradient: Double?

    package init(
      sampleSHA256: String, logits: Double, stages: Double? = nil, stageCount: Int = 0, map: Double? = nil,
      gradient: Double? = nil
    ) {
      self.sampleSHA256 = sampleSHA256
      self.logits = logits
      self.stages = stages
      self.stageCount = stageCount
      self.map = map
      self.gradient = gradient
    }

    package var largestDifference: Double {
      [logits, stages, map, gradient].compactMap(\.self).max() ?? logits
    }
  }

  package var proof: Proof? { if case .verified(let proof) = self { proof } else { nil } }
}

/// In JSON `{"status": "unverified"}`, `{"status": "published"}`, or `{"status": "verified", "largest_difference":
/// 1.2e-06, …}`.
extension Verification: Codable {
  private enum CodingKeys: String, CodingKey {
    case status, logits, stages, map, gradient
    case sampleSHA256 = "sample_sha256"
    case stageCount = "stage_count"
    case largestDifference = "largest_difference"
  }

  private enum Status: String, Codable {
    case verified, unverified, published
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Status.self, forKey: .status) {
    case .unverified: self = .unverified
    case .published: self = .published
    case .verified:
      self = .verified(
        Proof(
          sampleSHA256: try container.decode(String.self, forKey: .sampleSHA256),
          logits: try container.decode(Double.self, forKey: .logits),
          stages: try container.decodeIfPresent(Double.self, forKey: .stages),
          stageCount: try container.decodeIfPresent(Int.self, forKey: .stageCount) ?? 0,
          map: try container.decodeIfPresent(Double.self, forKey: .map),
          gradient: try container.decodeIfPresent(Double.self, forKey: .gradient)))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    guard case .verified(let proof) = self else {
      try container.encode(self == .published ? Status.published : .unverified, forKey: .status)
      return
    }
    try container.encode(Status.verified, forKey: .status)
    try container.encode(proof.largestDifference, forKey: .largestDifference)
    try container.encode(proof.logits, forKey: .logits)
    try container.encodeIfPresent(proof.stages, forKey: .stages)
    if proof.stageCount > 0 { try container.encode(proof.stageCount, forKey: .stageCount) }
    try container.encodeIfPresent(proof.map, forKey: .map)
    try container.encodeIfPresent(proof.gradient, forKey: .gradient)
    try container.encode(proof.sampleSHA256, forKey: .sampleSHA256)
  }
}
