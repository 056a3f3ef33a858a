import { Resampler } from './resampler.js';

// By the name of what getUserMedia throws, and of what is not there.
const REFUSALS = {
  InsecureContext: 'Browsers give a page the microphone over HTTPS or on localhost alone. Open it there, or open a file.',
  NotSupported: 'This browser gives pages no microphone. Use another one, or open a file.',
  NotAllowedError: 'The microphone was refused. Allow it for this page in the browser, then start again.',
  NotFoundError: 'There is no microphone. Connect one, or open a file.',
  NotReadableError: 'The microphone is used by another program. Close it, then start again.',
};

/** Why there is no sound, for people. */
export class MicrophoneError extends Error {
  constructor(cause) {
    super(REFUSALS[cause.name] ?? `The microphone does not work (${cause.message}).`);
  }
}

/** A microphone that gives 16-bit samples at a rate, while it is open. */
export class Microphone {
  #context;
  #stream;
  #node;
  #resampler;
  #hear = () => {};

  /** Opens it, which may ask the person. @throws {MicrophoneError} */
  static async open(rate) {
    if (!navigator.mediaDevices?.getUserMedia || !globalThis.AudioWorkletNode) {
      throw new MicrophoneError({ name: isSecureContext ? 'NotSupported' : 'InsecureContext' });
    }

    const microphone = new Microphone();
    try {
      await microphone.#open(rate);
      return microphone;
    } catch (error) {
      microphone.close();
      throw new MicrophoneError(error);
    }
  }

  async #open(rate) {
    this.#context = new AudioContext();
    // What browsers do for telephony takes from the speech what the model goes by.
    this.#stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    await this.#context.audioWorklet.addModule(new URL('microphone-worklet.js', import.meta.url));
    await this.#context.resume();
    this.#resampler = new Resampler(this.#context.sampleRate, rate);
    this.#node = new AudioWorkletNode(this.#context, 'microphone', { channelCount: 1, channelCountMode: 'explicit' });
    this.#node.port.onmessage = ({ data }) => this.#hear(this.#resampler.push(data));
    // Its output is silence; a node that leads nowhere may not run.
    this.#node.connect(this.#context.destination);
  }

  /** Begins to hear. @param {(samples: Int16Array) => void} hear @param {() => void} lost Called when the microphone is pulled out. */
  start(hear, lost) {
    this.#hear = hear;
    this.#stream.getTracks().forEach(track => { track.onended = lost; });
    this.#context.createMediaStreamSource(this.#stream).connect(this.#node);
  }

  /** Closes it; what was heard last is given before. */
  close() {
    const hear = this.#hear;
    this.#hear = () => {};
    if (this.#resampler) {
      hear(this.#resampler.flush());
    }

    this.#stream?.getTracks().forEach(track => { track.onended = null; track.stop(); });
    if (this.#context && this.#context.state !== 'closed') {
      this.#context.close();
    }
  }
}
