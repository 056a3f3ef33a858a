/** The least and the greatest sample of each hundredth of a second: what a waveform shows of a recording of any length. */
export class Peaks {
  static PER_SECOND = 100;

  #size;
  #values = new Int16Array(2048);
  #open = 0;
  #samples = 0;

  /** @param {number} rate Samples a second. */
  constructor(rate) {
    this.rate = rate;
    this.#size = rate / Peaks.PER_SECOND;
  }

  /** Seconds so far. */
  get duration() {
    return this.#samples / this.rate;
  }

  get count() {
    return Math.ceil(this.#samples / this.#size);
  }

  /** @param {Int16Array} samples */
  push(samples) {
    for (const sample of samples) {
      const at = 2 * Math.floor(this.#samples++ / this.#size);
      if (at === this.#values.length) {
        const larger = new Int16Array(2 * at);
        larger.set(this.#values);
        this.#values = larger;
      }

      const isFirst = this.#open === 0;
      this.#values[at] = isFirst ? sample : Math.min(this.#values[at], sample);
      this.#values[at + 1] = isFirst ? sample : Math.max(this.#values[at + 1], sample);
      this.#open = (this.#open + 1) % this.#size;
    }
  }

  /** @returns {[number, number]} The least and the greatest, −1 … 1. */
  at(index) {
    return [this.#values[2 * index] / 32768, this.#values[2 * index + 1] / 32768];
  }
}
