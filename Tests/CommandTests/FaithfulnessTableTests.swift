import Explain
import Foundation
import Testing

@testable import gaze

@Suite("Tables of faithfulness")
struct FaithfulnessTableTests {
  /// Two photographs, one method and one control.
  private func table() throws -> FaithfulnessTable {
    func record(_ file: String, middle: Double, spearman: String, masked: Double) throws -> EvaluationRecord {
      let map = { (name: String, control: Bool) in
        #"{"name":"\#(name)","control":\#(control),"layers":[],"deletion":{"fractions":[0,0.5,1],"scores":[1,\#(middle),0]},"#
          + #""confidence":{"original":0.5,"masked":\#(masked)},"#
          + #""randomisation":{"units":2,"steps":[{"units":1,"last":"a","spearman":0.9},{"units":2,"last":"b","spearman":\#(spearman)}]}}"#
      }
      let rules = String(decoding: try JSONEncoder().encode(FaithfulnessProtocol()), as: UTF8.self)
      let text =
        #"{"source":{"file":"\#(file)","sha256":"00"},"prediction":{"index":7,"label":"a, b","logit":1,"probability":0.5},"#
        + #""request":{"gaze":"","model":"net","weights_sha256":"","methods":[],"metrics":[],"score":"logit","steps":2,"#
        + #""road_percentages":[],"seed":0},"model":"net","class":7,"protocol":\#(rules),"#
        + #""maps":[\#(map("rise", false)),\#(map("random", true))]}"#
      return try JSONDecoder().decode(EvaluationRecord.self, from: Data(text.utf8))
    }
    return FaithfulnessTable(
      model: "net", methods: ["rise:masks=9"], metrics: [.deletion, .confidence, .randomisation],
      records: [
        try record("a.jpg", middle: 0, spearman: "null", masked: 0.75),
        try record("b.jpg", middle: 1, spearman: "0.125", masked: 0),
      ])
  }

  @Test("Means are over the photographs that have the value; controls stand in italics")
  func markdown() throws {
    #expect(
      try table().markdown == """
        | map | deletion ↓ | drop ↓ | increase ↑ | gain ↑ | randomised → 0 |
        | --- | ---: | ---: | ---: | ---: | ---: |
        | rise:masks=9 | 0.500 | 0.500 | 0.500 | 0.250 | 0.125 |
        | *random* | 0.500 | 0.500 | 0.500 | 0.250 | 0.125 |

        """)
  }

  @Test("CSV has a row for each photograph and map, with fields quoted that need it")
  func rows() throws {
    let table = try table()
    let lines = csv([table.photographHeading] + table.photographRows).split(separator: "\n")
    #expect(
      lines[0]
        == "model,photograph,class,label,probability,map,control,deletion_auc,drop,increase,gain,randomised_spearman")
    #expect(lines[1] == #"net,a.jpg,7,"a, b",0.5,rise:masks=9,false,0.25,0.0,1.0,0.5,"#)
    #expect(lines[4] == #"net,b.jpg,7,"a, b",0.5,random,true,0.75,1.0,0.0,0.0,0.125"#)
    #expect(lines.count == 5)
    #expect(table.meanRows[0] == ["net", "rise:masks=9", "false", "2", "0.5", "0.5", "0.5", "0.25", "0.125"])
  }

  @Test("Curves are means, point by point")
  func curves() throws {
    let plot = try #require(try table().plot(of: .deletion, score: "probability"))
    #expect(plot.series.map(\.name) == ["rise:masks=9", "random"])
    #expect(plot.series[0].x == [0, 0.5, 1])
    #expect(plot.series[0].y == [1, 0.5, 0])
    #expect(try table().plot(of: .insertion, score: "probability") == nil)
  }
}
