const LANES = 3;
const GAP = 6;

/**
 * Puts the labels of words in lanes, above their sounds where there is room and right of the last label where not: none lies on another.
 * Words come in order; what follows never moves what was put.
 */
export class Labels {
  #ends;

  /** @param {Labels} [other] Goes on behind these. */
  constructor(other) {
    this.#ends = other ? [...other.#ends] : new Array(LANES).fill(0);
  }

  /** @param {number} middle Where the word's middle is. @param {number} width How wide its label is. @returns {{lane: number, left: number}} */
  put(middle, width) {
    const lefts = this.#ends.map(end => Math.max(middle - width / 2, end));
    const lane = lefts.indexOf(Math.min(...lefts));
    this.#ends[lane] = lefts[lane] + width + GAP;
    return { lane, left: lefts[lane] };
  }
}
