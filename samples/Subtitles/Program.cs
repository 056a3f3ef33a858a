using StableQuant;
using StableQuant.Alignment;
using StableQuant.Audio;
using StableQuant.Subtitles;

// A talk's recording and its text become subtitles on standard output: Subtitles talk.wav talk.txt > talk.srt
if (args is not [string audio, string text])
{
    Console.Error.WriteLine("usage: Subtitles AUDIO TEXT");
    return 2;
}

float[] pcm = AudioFile.Load16k(audio);
using var model = new Commands(maxSeconds: 20);
TextAlignment alignment = new Aligner(model).Align(pcm, File.ReadAllText(text));
var transcript = new Transcript(Path.GetFileNameWithoutExtension(audio), pcm.Length / (double)model.SampleRate, alignment.Words);
TranscriptWriter.Write(Console.Out, transcript, TranscriptFormat.Srt);
return 0;

/// <summary>The recogniser: everything else of this class is generated from the model when the program is compiled.</summary>
[StableQuantModel("commands.sqmodel")]
internal sealed partial class Commands;
