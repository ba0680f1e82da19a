import Autodiff
import Digests
package import Explain
package import Images
package import Models

/// What is asked of several images together, once the request is read.
package struct BatchQuestion<Request: Sendable>: Sendable {
  /// What whoever reads the request wants to know when the answer is written.
  package let request: Request
  package let images: [ImageSource]
  /// What the images' samples are stretched by; nil takes them as stored.
  package let window: SampleWindow?
  /// The maps that are asked for of each image, and for which form of answer. Without any, images run through the
  /// network in batches.
  package let maps: [MapQuestion]

  package struct MapQuestion: Sendable {
    package let ask: Ask
    package let form: AnswerForm

    package init(_ ask: Ask, as form: AnswerForm) {
      self.ask = ask
      self.form = form
    }
  }

  package init(_ request: Request, images: [ImageSource], window: SampleWindow?, maps: [MapQuestion]) {
    self.request = request
    self.images = images
    self.window = window
    self.maps = maps
  }

  /// About how many passes the maps of all images take.
  fileprivate var likelyPasses: Int { images.count * maps.reduce(0) { $0 + $1.ask.likelyPasses } }
}

/// What there is to say of one of several images.
package struct InstanceAnswer: Sendable {
  package let scores: InstanceScores
  /// One for each of the question's maps.
  package let answers: [Answer]
}

extension ExplanationService {
  /// Answers several images together: what the network says of each, and the maps that are asked for.
  ///
  /// What the maps of all images cost is known, and refused if it is too much, before the first pass of the first map.
  ///
  /// - Parameters:
  ///   - model: nil for the default one. That it is missing is told before anything about the request.
  ///   - client: who asks.
  ///   - byteCount: the length of the body that `read` reads.
  ///   - read: gives the request.
  ///   - part: takes from each image's answer what is to be kept of it: the answer holds all that the network computed.
  ///   - reply: makes the answer of the parts. All three run in the pool.
  /// - Throws: `InstanceError` for an image that cannot be read; what `answer` throws.
  package func answers<Request: Sendable, Part, Reply: Sendable>(
    by model: String?, for client: Client, byteCount: Int,
    reading read: @escaping @Sendable () throws -> BatchQuestion<Request>,
    part: @escaping @Sendable (Request, InstanceAnswer) throws -> Part,
    reply: @escaping @Sendable (Request, Classifier, [Part]) throws -> Reply
  ) async throws -> Reply {
    // What a request asks for stands in its body, which is read in the pool: one that turns out to be long goes back to
    // the queue, to where long work waits.
    let isLongToRead = byteCount >= limits.longPredictionBytes
    let entry = try RequestRecord.begin(.prediction)
    let begun = try await pool.run(for: client, byteCount: byteCount, isLong: isLongToRead) { turn in
      let classifier = try loadedClassifier(model, turn)
      let question = try read()
      entry?.complete { event in
        event.deed = question.maps.isEmpty ? .prediction : .explanation
        event.model = RequestRecord.Event.Model(classifier.manifest)
      }
      guard isLongToRead || question.likelyPasses < limits.longPasses else {
        return Begun<Request, Reply>.long(classifier, question)
      }
      let parts = try parts(question, classifier, entry, turn, part)
      return .answered(try turn.measure(.render) { try reply(question.request, classifier, parts) })
    }
    switch begun {
    case .answered(let reply): return reply
    case .long(let classifier, let question):
      return try await pool.run(for: client, byteCount: byteCount, isLong: true) { turn in
        let parts = try parts(question, classifier, entry, turn, part)
        return try turn.measure(.render) { try reply(question.request, classifier, parts) }
      }
    }
  }

  private enum Begun<Request: Sendable, Reply: Sendable>: Sendable {
    case answered(Reply)
    case long(Classifier, BatchQuestion<Request>)
  }

  private func parts<Request, Part>(
    _ question: BatchQuestion<Request>, _ classifier: Classifier, _ entry: RequestRecord.Entry?, _ turn: Turn,
    _ part: (Request, InstanceAnswer) throws -> Part
  ) throws -> [Part] {
    guard !question.maps.isEmpty else {
      let scores = try scores(of: question.images, by: classifier, window: question.window, turn)
      entry?.complete { $0.note(scores, of: question.images, by: classifier) }
      return try turn.measure(.render) {
        try scores.map { try part(question.request, InstanceAnswer(scores: $0, answers: [])) }
      }
    }
    for method in question.maps.flatMap(\.ask.methods.all) { turn.record?.note(method: method.name) }
    let asked = try question.maps.map { map in
      if map.form == .picture { try map.ask.checkPicture() }
      if case .npy = map.form { try map.ask.checkArray() }
      guard map.ask.presentation.side <= limits.maximumSide else { throw AskError.side(limits.maximumSide) }
      return try map.ask.resolved(in: classifier)
    }
    let needsDigests = entry != nil || question.maps.contains { $0.form.hasReceipt }
    let displaySide = question.maps.map { $0.form.hasPicture ? $0.ask.presentation.side : 1 }.max() ?? 1
    var parts: [Part] = []
    var (pixels, numbers) = ([Int](repeating: 0, count: asked.count), [Int](repeating: 0, count: asked.count))
    return try workLimit.run(turn) { progress in
      for (index, image) in question.images.enumerated() {
        let analysis = try analyse(
          image, at: index, by: classifier, window: question.window, displaySide: displaySide,
          needsDigests: needsDigests, turn)
        if index == 0 { try check(asked, of: analysis, times: question.images.count) }
        let answers = try question.maps.indices.map { place in
          let form = question.maps[place].form
          if form.hasPicture {
            pixels[place] += analysis.display.size.pixelCount * asked[place].ask.mapCount
            try checkPicture(pixels[place])
          }
          let answer = try answer(asked[place], of: analysis, turn, progress)
          if case .npy(let resolution) = form { try answer.checkArray(at: resolution) }
          if let resolution = form.resolution {
            numbers[place] += answer.valueCount(at: resolution)
            try checkNumbers(numbers[place], as: form)
          }
          return answer
        }
        entry?.complete { event in
          event.images += analysis.digests.map { [$0.file.hexadecimal] } ?? []
          event.classes.append(analysis.topTarget.classIndex)
          for (map, answer) in zip(question.maps, answers) {
            event.receipts += answer.attributions.indices.map {
              answer.receipt($0, withPicture: map.form.hasPicture).receipt
            }
          }
        }
        let scores = InstanceScores(logits: analysis.pass.logits, numbers: analysis.numbers)
        parts.append(
          try turn.measure(.render) {
            try part(question.request, InstanceAnswer(scores: scores, answers: answers))
          })
        try progress.step(index + 1, of: question.images.count)
      }
      return parts
    }
  }

  private func analyse(
    _ image: ImageSource, at index: Int, by classifier: Classifier, window: SampleWindow?, displaySide: Int,
    needsDigests: Bool, _ turn: Turn
  ) throws -> Analysis {
    do {
      return try analyse(
        image, by: classifier, window: window, displaySide: displaySide, needsDigests: needsDigests, turn)
    } catch let error as AnalysisError {
      throw InstanceError(index: index, cause: error)
    }
  }

  /// Refuses what would take too many passes for all images, each of which takes as many as the first.
  private func check(_ asked: [ResolvedAsk], of analysis: Analysis, times count: Int) throws {
    let cost = try asked.reduce(Cost()) { try $0 + analysis.cost(of: $1) }
    try workLimit.check(
      passes: count * cost.passes, remedy: "Ask for fewer images, masks, samples, steps, windows or classes.")
  }
}
