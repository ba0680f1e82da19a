/** The maps of all classes at once, read from the server's NumPy file of float16. No page, no state. */

/** `[H, W, classes]`, the class running fastest. */
export class Cube {
  /** `everyone` are the predictions of all classes, by index. */
  constructor({ bytes, scale }, everyone) {
    const view = new DataView(bytes);
    const start = 10 + view.getUint16(8, true);
    const header = new TextDecoder("latin1").decode(new Uint8Array(bytes, 10, start - 10));
    const [rows, columns, classes] = header.match(/'shape': \((\d+), (\d+), (\d+)\)/).slice(1).map(Number);
    Object.assign(this, { rows, columns, classes, everyone });
    const halves = new Uint16Array(bytes.slice(start));
    this.values = Float32Array.from(halves, (half) => HALVES[half] * scale);
  }

  /** The rows of a class's map, less those of another where it is held against one. */
  map(index, against = null) {
    return Array.from({ length: this.rows }, (_, row) => Array.from({ length: this.columns }, (__, column) => {
      const first = (row * this.columns + column) * this.classes;
      return this.values[first + index] - (against === null ? 0 : this.values[first + against]);
    }));
  }

  /** What a part of the map says of every class: the sum over its cells, each by the share of it that is inside. */
  votes(shares) {
    const sums = new Float64Array(this.classes);
    for (const { row, column, share } of shares) {
      const first = (row * this.columns + column) * this.classes;
      for (let index = 0; index < this.classes; index += 1) sums[index] += share * this.values[first + index];
    }
    return sums;
  }
}

/** The number of each half (IEEE 754 binary16). */
const HALVES = Float32Array.from({ length: 1 << 16 }, (_, bits) => {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [bits >> 10 & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
});
