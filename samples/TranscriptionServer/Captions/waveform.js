import { Labels } from './labels.js';
import { Peaks } from './peaks.js';
import { clock } from './transcript.js';

const PIXELS_PER_SECOND = 130;
const LANE = 20;
const LANES = 3;
const AXIS = 20;
const FONT = '600 13px system-ui, "DejaVu Sans", sans-serif';

/** A recording's waveform with its words above it, and the part of it that is seen. */
export class Waveform {
  #canvas = document.getElementById('waveform');
  #slider = document.getElementById('position');
  #pen = this.#canvas.getContext('2d');
  #peaks = new Peaks(16000);
  #labels = new Labels();
  #finals = [];
  #partials = [];
  #length = 0;
  #from = 0;
  #follows = true;
  #isDue = false;

  constructor() {
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#later());
    this.#slider.addEventListener('input', () => this.#go(Number(this.#slider.value)));
    this.#canvas.addEventListener('pointerdown', event => this.#canvas.setPointerCapture(event.pointerId));
    this.#canvas.addEventListener('pointermove', event => {
      if (this.#canvas.hasPointerCapture(event.pointerId)) {
        this.#go(this.#from - event.movementX / PIXELS_PER_SECOND);
      }
    });
    this.#later();
  }

  /** Begins another recording. @param {number} rate Samples a second. */
  clear(rate) {
    this.#peaks = new Peaks(rate);
    this.#labels = new Labels();
    this.#finals = [];
    this.#partials = [];
    this.#length = 0;
    this.#from = 0;
    this.#follows = true;
    this.#later();
  }

  /** @param {Int16Array} samples Those that follow. */
  append(samples) {
    this.#peaks.push(samples);
    this.#later();
  }

  /** The recording's length where its sound is not known, in seconds. */
  set length(seconds) {
    this.#length = seconds;
    this.#later();
  }

  setPartial(words) {
    const labels = new Labels(this.#labels);
    this.#partials = words.map(word => this.#place(word, labels));
    this.#later();
  }

  addFinal(words) {
    this.#partials = [];
    this.#finals.push(...words.map(word => this.#place(word, this.#labels)));
    this.#later();
  }

  /** Shows a place. */
  show(seconds) {
    this.#go(seconds - 0.3);
  }

  get #duration() {
    return Math.max(this.#peaks.duration, this.#length);
  }

  get #seen() {
    return this.#canvas.clientWidth / PIXELS_PER_SECOND;
  }

  #place(word, labels) {
    this.#pen.font = FONT;
    const width = this.#pen.measureText(word.word).width;
    return { ...word, ...labels.put((word.start + word.end) / 2 * PIXELS_PER_SECOND, width), width };
  }

  #go(seconds) {
    const last = Math.max(0, this.#duration - this.#seen);
    this.#from = Math.max(0, Math.min(seconds, last));
    this.#follows = this.#from >= last - 0.05;
    this.#later();
  }

  #later() {
    if (!this.#isDue) {
      this.#isDue = true;
      requestAnimationFrame(() => this.#draw());
    }
  }

  #draw() {
    this.#isDue = false;
    const last = Math.max(0, this.#duration - this.#seen);
    this.#from = this.#follows ? last : Math.min(this.#from, last);
    this.#slider.max = last;
    this.#slider.value = this.#from;
    this.#slider.disabled = last === 0;
    this.#slider.setAttribute('aria-valuetext', `${clock(this.#from)} of ${clock(this.#duration)}`);
    const shown = [...this.#finals, ...this.#partials].filter(({ start, end }) => end > this.#from && start < this.#from + this.#seen);
    this.#canvas.setAttribute('aria-label', this.#duration === 0
      ? 'Waveform, empty'
      : `Waveform from ${clock(this.#from)} to ${clock(Math.min(this.#from + this.#seen, this.#duration))}: ${shown.map(({ word, start }) => `${word} at ${start.toFixed(1)}`).join(', ') || 'no words'}`);

    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#canvas.width = Math.round(width * devicePixelRatio);
    this.#canvas.height = Math.round(height * devicePixelRatio);
    this.#pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    const style = getComputedStyle(this.#canvas);
    const color = name => style.getPropertyValue(name);
    this.#drawAxis(width, height, color);
    this.#drawWave(width, height, color('--wave'));
    this.#drawWords(this.#finals, height, color('--word'));
    this.#drawWords(this.#partials, height, color('--partial'));
  }

  #x(seconds) {
    return (seconds - this.#from) * PIXELS_PER_SECOND;
  }

  #drawAxis(width, height, color) {
    const pen = this.#pen;
    pen.font = '12px system-ui, "DejaVu Sans", sans-serif';
    pen.fillStyle = color('--faint');
    pen.strokeStyle = color('--line');
    pen.lineWidth = 1;
    pen.beginPath();
    for (let second = Math.ceil(this.#from); this.#x(second) < width; second++) {
      pen.moveTo(this.#x(second), LANES * LANE);
      pen.lineTo(this.#x(second), height - AXIS + 4);
      // A label that would be cut is left out.
      if (this.#x(second) + pen.measureText(clock(second)).width + 4 < width) {
        pen.fillText(clock(second), this.#x(second) + 4, height - 5);
      }
    }

    pen.stroke();
  }

  #drawWave(width, height, color) {
    const middle = (LANES * LANE + height - AXIS) / 2;
    const reach = (height - AXIS - LANES * LANE) / 2 - 2;
    this.#pen.fillStyle = color;
    const end = Math.min(this.#peaks.count, Math.ceil((this.#from + width / PIXELS_PER_SECOND) * Peaks.PER_SECOND));
    for (let i = Math.floor(this.#from * Peaks.PER_SECOND); i < end; i++) {
      const [least, greatest] = this.#peaks.at(i);
      const bar = Math.max(1, (greatest - least) * reach);
      this.#pen.fillRect(this.#x(i / Peaks.PER_SECOND), middle - greatest * reach, PIXELS_PER_SECOND / Peaks.PER_SECOND + 0.2, bar);
    }
  }

  #drawWords(words, height, color) {
    const pen = this.#pen;
    pen.font = FONT;
    pen.fillStyle = color;
    pen.strokeStyle = color;
    for (const { word, start, end, lane, left, width } of words) {
      const x = left - this.#from * PIXELS_PER_SECOND;
      if (x + width < 0 || x > this.#canvas.clientWidth) {
        continue;
      }

      pen.globalAlpha = 0.18;
      pen.fillRect(this.#x(start), LANES * LANE, (end - start) * PIXELS_PER_SECOND - 1, height - AXIS - LANES * LANE);
      pen.globalAlpha = 1;
      pen.fillRect(this.#x(start), LANES * LANE - 2, (end - start) * PIXELS_PER_SECOND - 1, 2);
      pen.fillText(word, x, lane * LANE + 14);
    }
  }
}
