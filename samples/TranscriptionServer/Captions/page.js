import { LiveStream } from './live-stream.js';
import { Microphone } from './microphone.js';
import { greet, transcribe } from './server.js';
import { Transcript } from './transcript.js';
import { Waveform } from './waveform.js';

// Samples a second that the model hears.
const RATE = 16000;

const microphoneButton = document.getElementById('microphone');
const openButton = document.getElementById('open');
const file = document.getElementById('file');
const status = document.getElementById('status');
const keyForm = document.getElementById('key');
const keyText = document.getElementById('key-text');
const waveform = new Waveform();
const transcript = new Transcript(seconds => waveform.show(seconds));

// Ends the live stream; null where none is.
let stop = null;

function say(kind, text) {
  status.dataset.kind = kind;
  status.textContent = text;
  microphoneButton.textContent = kind === 'live' ? 'Stop' : 'Start microphone';
  // A button that is disabled loses the keyboard's focus, which the next press needs.
  microphoneButton.ariaDisabled = kind === 'busy';
  openButton.ariaDisabled = kind === 'busy' || kind === 'live';
}

function add(utterance) {
  transcript.addFinal(utterance);
  waveform.addFinal(utterance.words);
}

function hear(utterance) {
  if (utterance.type === 'final') {
    add(utterance);
  } else {
    transcript.setPartial(utterance.words);
    waveform.setPartial(utterance.words);
  }
}

function begin() {
  transcript.clear();
  waveform.clear(RATE);
}

/** Does one thing at a time; what goes wrong is said, and leaves the page ready for another try. */
async function run(work) {
  try {
    await work();
  } catch (error) {
    say('error', error.message);
    if (error.needsKey) {
      keyForm.hidden = false;
      keyText.focus();
    }
  }
}

async function listen() {
  say('busy', 'Connecting to the server.');
  await greet(keyText.value);
  say('busy', 'Waiting for the microphone. Your browser may ask whether this page may use it.');
  const microphone = await Microphone.open(RATE);
  try {
    const stream = await LiveStream.open(RATE, keyText.value, hear);
    begin();
    let isLost = false;
    stop = () => {
      stop = null;
      say('busy', 'Finishing.');
      microphone.close();
      stream.end();
    };
    microphone.start(
      samples => { waveform.append(samples); stream.send(samples); },
      () => { isLost = true; stop?.(); });
    say('live', 'Listening.');
    await stream.ended;
    if (isLost) {
      throw new Error('The microphone was disconnected. What was heard so far stays here.');
    }

    say('idle', 'Stopped. The words stay here until you start again.');
  } finally {
    stop = null;
    microphone.close();
    hear({ type: 'partial', words: [] });
  }
}

async function read(recording) {
  say('busy', `Recognising ${recording.name}.`);
  const { duration, utterances } = await transcribe(recording, keyText.value);
  begin();
  utterances.forEach(add);
  waveform.length = duration;
  try {
    const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await recording.arrayBuffer());
    const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
    waveform.append(Int16Array.from(channels[0], (_, i) => 32767 * Math.max(-1, Math.min(1, channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length))));
    say('idle', `${recording.name}: ${utterances.length === 0 ? 'no words were heard.' : 'done.'}`);
  } catch {
    say('idle', `${recording.name}: done. This browser cannot draw its sound.`);
  }

  waveform.show(0);
}

function onPress(button, act) {
  button.onclick = () => button.ariaDisabled === 'true' || act();
}

onPress(microphoneButton, () => stop ? stop() : run(listen));
onPress(openButton, () => file.click());
file.onchange = () => {
  const [recording] = file.files;
  // So that the same file can be chosen again.
  file.value = '';
  if (recording) {
    run(() => read(recording));
  }
};
keyForm.onsubmit = event => {
  event.preventDefault();
  run(async () => {
    await greet(keyText.value);
    keyForm.hidden = true;
    say('idle', 'The key is right.');
    microphoneButton.focus();
  });
};
say('idle', 'Ready.');
