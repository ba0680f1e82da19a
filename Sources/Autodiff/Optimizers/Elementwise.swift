/// Tensors of the shape of `model` whose elements follow from those of `operands` at the same place. `body` writes a
/// run of `count` elements of each; no result depends on how runs are cut.
func makeTensors(
  _ number: Int, like model: Tensor, from operands: [Tensor], on engine: Engine,
  _ body:
    (
      _ operands: [UnsafePointer<Float>], _ count: Int, _ results: [UnsafeMutablePointer<Float>]
    ) -> Void
) -> [Tensor] {
  let storages = (0..<number).map { _ in Storage<Float>(count: model.count, in: engine.pool) }
  let (sources, targets) = (operands.map { UnsafePointer($0.storage.base) }, storages.map { $0.base })
  forEachRun(of: model.count, shortest: 1 << 13, on: engine) { run in
    body(sources.map { $0 + run.lowerBound }, run.count, targets.map { $0 + run.lowerBound })
  }
  withExtendedLifetime(operands) {}
  return storages.map { Tensor(shape: model.shape, storage: $0) }
}
