import Explain
import Images
import Models

/// Changes pictures and counts what becomes of their answers.
struct Prover: Sendable {
  let respondent: Respondent
  let tested: TestedPictures

  /// - Parameters:
  ///   - hosts: indices of pictures that are right.
  ///   - classIndex: the class whose answers count: lost where hosts are of it, won where they are not.
  ///   - edit: makes the changed picture of a host; given its place among the hosts, and its index.
  func trial(
    _ hosts: [Int], of classIndex: Int, _ edit: @escaping @Sendable (_ place: Int, _ host: Int) -> RGBImage
  ) throws(AttributionError) -> Trial {
    let replies = try respondent.replies(hosts.count) { edit($0, hosts[$0]) }
    var trial = Trial()
    for (host, reply) in zip(hosts, replies) {
      let before = tested.replies[host]
      let isOwn = before.answer == classIndex
      trial.add(
        Trial.Move(from: before.answer, to: reply.answer),
        isFlip: isOwn ? reply.answer != classIndex : reply.answer == classIndex,
        probability: probability(classIndex, reply) - probability(classIndex, before),
        logit: Double(reply.logits[classIndex] - before.logits[classIndex]))
    }
    return trial
  }

  func probability(_ classIndex: Int, _ reply: Reply) -> Double {
    respondent.classifier.number(of: classIndex, in: reply.logits)
  }
}
