// A worklet hears 128 samples at a time; the page is told of this many.
const BLOCK = 2048;

registerProcessor('microphone', class extends AudioWorkletProcessor {
  #block = new Float32Array(BLOCK);
  #length = 0;

  process([input]) {
    // Without a channel nothing is connected.
    for (const sample of input[0] ?? []) {
      this.#block[this.#length++] = sample;
      if (this.#length === BLOCK) {
        this.port.postMessage(this.#block.slice());
        this.#length = 0;
      }
    }

    return true;
  }
});
