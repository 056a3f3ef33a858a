/** What the server answered, for people. */
export class ServerError extends Error {
  constructor(message, status) {
    super(message);
    this.needsKey = status === 401;
  }
}

async function answerOf(path, key, init = {}) {
  let response;
  try {
    response = await fetch(path, { ...init, headers: key ? { Authorization: `Bearer ${key}` } : {} });
  } catch {
    throw new ServerError('The server cannot be reached. Try again in a moment.');
  }

  if (response.status === 429) {
    throw new ServerError('The server is busy. Try again in a moment.', response.status);
  }

  if (!response.ok) {
    const body = await response.json().catch(() => null);
    throw new ServerError(body?.error?.message ?? `The server answered ${response.status}.`, response.status);
  }

  return response.json();
}

/** Whether the server is there, and the key is its own. @throws {ServerError} */
export async function greet(key) {
  await answerOf('v1/models', key);
}

/** A recording's utterances, each with its words, and its length in seconds. @throws {ServerError} */
export async function transcribe(file, key) {
  const form = new FormData();
  form.set('file', file);
  form.set('response_format', 'verbose_json');
  form.append('timestamp_granularities[]', 'word');
  form.append('timestamp_granularities[]', 'segment');
  const { duration, segments, words } = await answerOf('v1/audio/transcriptions', key, { method: 'POST', body: form });
  const utterances = segments.map(({ start, end }) => ({ start, end, words: words.filter(word => word.start >= start && word.end <= end) }));
  return { duration, utterances };
}
