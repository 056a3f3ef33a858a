// .NET, beside the page: the page stays responsive while the model runs.
import { dotnet } from './_framework/dotnet.js';

// ?kernels=scalar forces kernels, to compare them.
const kernels = new URLSearchParams(self.location.search).get('kernels');
const runtime = await (kernels ? dotnet.withEnvironmentVariable('STABLEQUANT_KERNELS', kernels) : dotnet).create();
const { SpeechPage } = await runtime.getAssemblyExports(runtime.getConfig().mainAssemblyName);

self.onmessage = ({ data: { id, method, values } }) => {
  try {
    const start = performance.now();
    const result = SpeechPage.Speech[method](...values);
    self.postMessage({ id, result, seconds: (performance.now() - start) / 1000 });
  } catch (error) {
    self.postMessage({ id, error: error.message });
  }
};
self.postMessage({ ready: { kernels: SpeechPage.Speech.Kernels(), sampleRate: SpeechPage.Speech.SampleRate() } });

// While the user looks for a recording.
SpeechPage.Speech.WarmUp();
