// Sinc zeros on either side of a tap's middle, and the Kaiser window's shape: aliases lie 80 dB below.
const ZEROS = 24;
const SHAPE = 8;

// Of the lower Nyquist frequency; what lies between here and there fades.
const PASSED = 0.92;

function bessel(x) {
  let sum = 1;
  for (let term = 1, k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }

  return sum;
}

function divisor(a, b) {
  return b === 0 ? a : divisor(b, a % b);
}

/** Changes the rate of samples that come piece by piece. Output n stands for the time n / to, whatever the pieces. */
export class Resampler {
  #up;
  #down;
  #half;
  #cutoff;
  #phases = new Map();
  #kept;
  #first;
  #heard = 0;
  #made = 0;

  /** @param {number} from Samples a second that come. @param {number} to Samples a second that are wanted. */
  constructor(from, to) {
    this.#up = to / divisor(from, to);
    this.#down = from / divisor(from, to);
    this.#cutoff = PASSED * Math.min(1, to / from);
    this.#half = from === to ? 0 : Math.ceil(ZEROS * Math.max(1, from / to));
    // Before the first sample there was silence.
    this.#kept = new Float32Array(this.#half);
    this.#first = -this.#half;
  }

  /** Takes samples, −1 … 1, and gives those of 16 bits that are known by now. */
  push(samples) {
    const all = new Float32Array(this.#kept.length + samples.length);
    all.set(this.#kept);
    all.set(samples, this.#kept.length);
    this.#kept = all;
    this.#heard += samples.length;
    return this.#make();
  }

  /** Ends the recording: what is left, so that there are as many as the recording is long. */
  flush() {
    const wanted = Math.ceil(this.#heard * this.#up / this.#down) - this.#made;
    return this.push(new Float32Array(this.#half + 1)).subarray(0, Math.max(wanted, 0));
  }

  #make() {
    const made = [];
    for (; ; this.#made++) {
      const time = this.#made * this.#down;
      const at = Math.floor(time / this.#up) - this.#first;
      if (at + this.#half >= this.#kept.length) {
        break;
      }

      made.push(Math.max(-32768, Math.min(32767, Math.round(32768 * this.#value(at, time % this.#up)))));
    }

    const next = Math.floor(this.#made * this.#down / this.#up) - this.#half;
    const dropped = Math.max(0, Math.min(next - this.#first, this.#kept.length));
    this.#kept = this.#kept.slice(dropped);
    this.#first += dropped;
    return Int16Array.from(made);
  }

  #value(at, phase) {
    if (this.#half === 0) {
      return this.#kept[at];
    }

    const taps = this.#phase(phase);
    let sum = 0;
    for (let k = 0; k < taps.length; k++) {
      sum += taps[k] * this.#kept[at - this.#half + 1 + k];
    }

    return sum;
  }

  #phase(phase) {
    let taps = this.#phases.get(phase);
    if (!taps) {
      taps = new Float64Array(2 * this.#half);
      for (let k = 0; k < taps.length; k++) {
        const t = k - this.#half + 1 - phase / this.#up;
        const x = Math.PI * this.#cutoff * t;
        taps[k] = (x === 0 ? 1 : Math.sin(x) / x) * bessel(SHAPE * Math.sqrt(Math.max(0, 1 - (t / this.#half) ** 2)));
      }

      // A constant stays what it is.
      const sum = taps.reduce((a, b) => a + b, 0);
      taps.forEach((tap, k) => { taps[k] = tap / sum; });
      this.#phases.set(phase, taps);
    }

    return taps;
  }
}
