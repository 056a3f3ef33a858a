// The recogniser as a page calls it. Calls are answered in order.
const worker = new Worker(new URL('worker.js' + location.search, import.meta.url), { type: 'module' });
const waiting = new Map();
let calls = 0;

/**
 * Resolves when the recogniser is loaded.
 * @type {Promise<{kernels: string, sampleRate: number}>} The kernels in use, and the samples a second that the model wants.
 */
export const ready = new Promise((resolve, reject) => {
  worker.onerror = event => reject(new Error(event.message || 'the recogniser could not be loaded'));
  worker.onmessage = ({ data }) => {
    if (data.ready) {
      resolve(data.ready);
      return;
    }

    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error === undefined) {
      call.resolve(data);
    } else {
      call.reject(new Error(data.error));
    }
  };
});

async function call(method, ...values) {
  await ready;
  return new Promise((resolve, reject) => {
    waiting.set(++calls, { resolve, reject });
    worker.postMessage({ id: calls, method, values });
  });
}

/** SHA-256 of the logits of a WAV file, a Uint8Array. */
export const fingerprint = async (file, name) => (await call('Fingerprint', file, name)).result;

/**
 * The words of a file: WAV as the library reads it, any other form as the browser decodes it.
 * @param {Blob} file
 * @returns {Promise<{words: {text: string, start: number, end: number, confidence: number}[], seconds: number}>} Times in seconds.
 */
export async function transcribe(file, name) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const isWav = String.fromCharCode(...bytes.subarray(0, 4)) === 'RIFF';
  const { result, seconds } = isWav ? await call('TranscribeWav', bytes, name) : await call('TranscribeSamples', await decode(bytes));
  const words = result.map(line => {
    const [text, start, end, confidence] = line.split('\t');
    return { text, start: +start, end: +end, confidence: +confidence };
  });
  return { words, seconds };
}

// The browser's decoder resamples to its context's rate. The channels' mean is what the model hears.
async function decode(bytes) {
  const { sampleRate } = await ready;
  const audio = await new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(bytes.buffer);
  const samples = new Float32Array(audio.length);
  for (let channel = 0; channel < audio.numberOfChannels; channel++) {
    audio.getChannelData(channel).forEach((value, i) => { samples[i] += value / audio.numberOfChannels; });
  }

  return new Uint8Array(samples.buffer);
}
