// 10 s of audio that the network has not taken.
const MOST_WAITING = 320_000;

const ENDS = {
  1001: 'The server stops. Start again in a moment.',
  1006: 'The connection was lost. What was heard so far stays here.',
  4000: 'The network is too slow for live speech. What was heard so far stays here.',
  1013: 'The server is busy. Try again in a moment.',
};

/** Why a stream ended, for people. */
export class StreamError extends Error {
  constructor(code, reason) {
    super(ENDS[code] ?? `The server ended the stream: ${reason || code}.`);
  }
}

function base64url(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Speech on its way to the server, and what comes back. */
export class LiveStream {
  #socket;

  /** Resolves when the server has closed as it should. @type {Promise<void>} */
  ended;

  /** Connects. @param {(utterance: object) => void} tell Called with each message. @throws {StreamError} */
  static async open(rate, key, tell) {
    const stream = new LiveStream();
    const address = new URL(`v1/listen?sample_rate=${rate}`, document.baseURI);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address, key ? ['captions', `key.${base64url(key)}`] : ['captions']);
    stream.#socket = socket;
    stream.ended = new Promise((resolve, reject) => {
      socket.onclose = ({ code, reason }) => code === 1000 ? resolve() : reject(new StreamError(code, reason));
    });
    const ready = new Promise(resolve => {
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === 'ready') {
          resolve();
        } else {
          tell(message);
        }
      };
    });
    await Promise.race([ready, stream.ended]);
    return stream;
  }

  /** Sends samples. @param {Int16Array} samples */
  send(samples) {
    if (this.#socket.readyState === WebSocket.OPEN && samples.length > 0) {
      this.#socket.send(samples);
      if (this.#socket.bufferedAmount > MOST_WAITING) {
        this.#socket.close(4000, 'the network is too slow');
      }
    }
  }

  /** Says that nothing more comes; what is open becomes final, and then {@link ended} resolves. */
  end() {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type: 'end' }));
    }
  }
}
