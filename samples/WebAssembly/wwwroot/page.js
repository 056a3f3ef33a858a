import { ready, transcribe } from './speech.js';

const file = document.getElementById('file');
const microphone = document.getElementById('microphone');
const status = document.getElementById('status');
const words = document.getElementById('words');
let recorder;

file.onchange = () => file.files.length > 0 && show(file.files[0], file.files[0].name);

microphone.onclick = async () => {
  if (recorder) {
    recorder.stop();
    return;
  }

  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.ondataavailable = event => parts.push(event.data);
    recorder.onstop = () => {
      stream.getTracks().forEach(track => track.stop());
      recorder = undefined;
      microphone.textContent = 'Speak';
      show(new Blob(parts), 'microphone');
    };
    recorder.start();
    microphone.textContent = 'Stop';
  } catch (error) {
    status.textContent = `No microphone: ${error.message}`;
  }
};

async function show(blob, name) {
  file.disabled = microphone.disabled = true;
  status.textContent = 'Listening …';
  words.replaceChildren();
  try {
    const heard = await transcribe(blob, name);
    words.replaceChildren(...heard.words.map(row));
    status.textContent = `${heard.words.length} words in ${heard.seconds.toFixed(2)} s, kernels ${(await ready).kernels}`;
  } catch (error) {
    status.textContent = error.message;
  } finally {
    file.disabled = microphone.disabled = false;
  }
}

function row({ text, start, end, confidence }) {
  const line = document.createElement('tr');
  line.append(...[text, start.toFixed(2), end.toFixed(2), confidence.toFixed(2)].map(value => {
    const cell = document.createElement('td');
    cell.textContent = value;
    return cell;
  }));
  return line;
}

try {
  const { kernels } = await ready;
  file.disabled = microphone.disabled = false;
  status.textContent = `Ready, kernels ${kernels}`;
} catch (error) {
  status.textContent = error.message;
}
