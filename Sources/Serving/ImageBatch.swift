import Digests
package import Explain
import Images
import Models

/// Several images that are asked the same.
package struct ImageBatch: Sendable {
  /// Hostile until they are decoded.
  package let images: [[UInt8]]
  /// nil for the default one.
  package let model: String?
  package let ask: Ask
  package let form: AnswerForm

  package init(_ images: [[UInt8]], model: String?, _ ask: Ask, as form: AnswerForm) {
    self.images = images
    self.model = model
    self.ask = ask
    self.form = form
  }
}

extension ExplanationService {
  /// Answers what is asked of several images, one after another in one turn of the pool, which gives way between them.
  ///
  /// What is wrong with the question is thrown before the first image is looked at; what is wrong with one image is its
  /// own answer, and the others go on.
  ///
  /// - Parameters:
  ///   - byteCount: the length of the body that `read` reads.
  ///   - read: finds the images and the question in the body; called in the pool, since a body may be many megabytes.
  ///   - write: makes of an image's answer, and of the form that is wanted, what is kept until all are through.
  ///   - reply: given what was written of each image.
  package func answerEach<Part: Sendable, Reply: Sendable>(
    for client: Client, byteCount: Int, reading read: @escaping @Sendable () throws -> ImageBatch,
    writing write: @escaping @Sendable (Int, Result<Answer, any Error>, AnswerForm) throws -> Part,
    _ reply: @escaping @Sendable ([Part]) throws -> Reply
  ) async throws -> Reply {
    let entry = try RequestRecord.begin(.explanation)
    return try await pool.run(for: client, byteCount: byteCount, isLong: true) { turn in
      let batch = try read()
      let classifier = try loadedClassifier(batch.model, turn)
      entry?.complete { $0.model = RequestRecord.Event.Model(classifier.manifest) }
      for method in batch.ask.methods.all { turn.record?.note(method: method.name) }
      guard batch.ask.presentation.side <= limits.maximumSide else { throw AskError.side(limits.maximumSide) }
      let asked = try batch.ask.resolved(in: classifier)
      try workLimit.check(
        passes: batch.images.count * (1 + batch.ask.likelyPasses),
        remedy: "Send fewer images, or ask for fewer masks, samples, steps, classes or methods.")
      var room = (pixels: limits.maximumPicturePixels, numbers: limits.maximumJSONValues)
      let parts = try workLimit.run(turn) { progress in
        var parts: [Part] = []
        for (index, image) in batch.images.enumerated() {
          let part = progress.part(index, of: batch.images.count)
          let result = Result { try answer(image, batch, asked, by: classifier, &room, turn, part) }
          if case .failure(let error) = result, error is CancellationError || error as? AttributionError == .cancelled {
            throw error
          }
          if case .success(let answer) = result { entry?.complete { $0.note(answer, batch.form) } }
          parts.append(try turn.measure(.render) { try write(index, result, batch.form) })
          try progress.step(index + 1, of: batch.images.count)
        }
        return parts
      }
      return try turn.measure(.render) { try reply(parts) }
    }
  }

  /// - Parameter room: what pictures and numbers of this image and of those after it may take.
  private func answer(
    _ image: [UInt8], _ batch: ImageBatch, _ asked: ResolvedAsk, by classifier: Classifier,
    _ room: inout (pixels: Int, numbers: Int), _ turn: Turn, _ progress: PassProgress
  ) throws -> Answer {
    let hasPicture = batch.form.hasPicture
    let analysis = try analyse(
      .file(image), by: classifier, window: batch.ask.window,
      displaySide: hasPicture ? batch.ask.presentation.side : 1, needsDigests: true, turn)
    let pixels = hasPicture ? analysis.display.size.pixelCount * batch.ask.mapCount : 0
    guard pixels <= room.pixels else {
      throw ServingError.tooManyValues(
        limits.maximumPicturePixels - room.pixels + pixels, unit: "pixels with the images before",
        limit: limits.maximumPicturePixels, remedy: "Take a smaller 'side', or send fewer images at a time.")
    }
    let answer = try self.answer(asked, of: analysis, turn, progress)
    let numbers = answer.valueCount(at: batch.ask.resolution)
    guard numbers <= room.numbers else {
      throw ServingError.tooManyValues(
        limits.maximumJSONValues - room.numbers + numbers, unit: "numbers with the images before",
        limit: limits.maximumJSONValues, remedy: "Take resolution=layer, or send fewer images at a time.")
    }
    room = (room.pixels - pixels, room.numbers - numbers)
    return answer
  }
}

extension RequestRecord.Event {
  /// Notes what was made of one of several images.
  fileprivate mutating func note(_ answer: Answer, _ form: AnswerForm) {
    images += answer.analysis.digests.map { [$0.file.hexadecimal] } ?? []
    classes.append(answer.analysis.topTarget.classIndex)
    receipts += answer.attributions.indices.map { answer.receipt($0, withPicture: form.hasPicture).receipt }
  }
}
