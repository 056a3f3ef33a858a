/** Seconds as people write them. */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** The words, as text and in a table. Whatever a word holds, it is text. */
export class Transcript {
  #finals = document.getElementById('finals');
  #partial = document.getElementById('partial');
  #times = document.getElementById('times');
  #hint = document.getElementById('hint');
  #box = document.getElementById('transcript');
  #show;

  /** @param {(seconds: number) => void} show Called when a person asks where an utterance is. */
  constructor(show) {
    this.#show = show;
  }

  clear() {
    this.#finals.replaceChildren();
    this.#times.replaceChildren();
    this.#partial.textContent = '';
    this.#hint.hidden = false;
  }

  /** Shows what may still change, in place of what was shown before. */
  setPartial(words) {
    this.#partial.textContent = words.map(word => word.word).join(' ');
    this.#follow();
  }

  /** Adds an utterance that never changes. */
  addFinal({ start, words }) {
    this.#partial.textContent = '';
    if (words.length === 0) {
      return;
    }

    const line = document.createElement('li');
    const time = element('button', clock(start));
    time.type = 'button';
    time.setAttribute('aria-label', `${clock(start)}, show in the waveform`);
    time.onclick = () => this.#show(start);
    line.append(time, element('span', words.map(word => word.word).join(' ')));
    this.#finals.append(line);
    for (const { word, start: from, end, confidence } of words) {
      const row = document.createElement('tr');
      row.append(...[word, from.toFixed(2), end.toFixed(2), `${Math.round(100 * confidence)} %`].map(text => element('td', text)));
      this.#times.append(row);
    }

    this.#follow();
  }

  #follow() {
    this.#hint.hidden = true;
    this.#box.scrollTop = this.#box.scrollHeight;
  }
}
