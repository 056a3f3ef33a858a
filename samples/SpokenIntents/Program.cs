using StableQuant;
using StableQuant.Audio;

// What each recording is about, without a word of it being written down: SpokenIntents speech.wav …
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: SpokenIntents AUDIO…");
    return 2;
}

using var model = new Intents(maxSeconds: 30);
var probabilities = new float[model.Labels.Count];
Span<int> best = stackalloc int[1];
foreach (string audio in args)
{
    model.Classify(AudioFile.Load16k(audio), probabilities);
    model.Labels.Rank(probabilities, best);
    Console.WriteLine($"{audio}\t{model.Labels[best[0]]}\t{probabilities[best[0]]:F3}");
}

return 0;

/// <summary>The classifier: everything else of this class is generated from the model when the program is compiled.</summary>
[StableQuantModel("intents.sqmodel")]
internal sealed partial class Intents;
