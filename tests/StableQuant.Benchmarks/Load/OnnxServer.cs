using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using StableQuant.Audio;
using StableQuant.Benchmarks.Models;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Decoding;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace StableQuant.Benchmarks.Load;

/// <summary>
/// A transcription server over ONNX Runtime, of the form of samples/TranscriptionServer: the same minimal API, audio reader and decoder, one thread an
/// utterance, an utterance a processor. This program, started with <see cref="Verb"/>. What ours does besides, words with times, limits and counts, it leaves out.
/// </summary>
internal static class OnnxServer
{
    /// <summary>The first argument that makes this program be that one.</summary>
    public const string Verb = "onnx-server";

    /// <summary>Serves until it is stopped.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="url">Where it listens.</param>
    public static async Task RunAsync(string model, string url)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(model, options);
        var vocabulary = VocabularyFile.Load(Repository.Vocabulary);
        var decoder = new CtcDecoder(new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter));
        using var free = new SemaphoreSlim(Environment.ProcessorCount);

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        WebApplication app = builder.Build();
        app.MapPost(LoadServer.Transcriptions, (RequestDelegate)(async context =>
        {
            IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false);
            await free.WaitAsync(context.RequestAborted).ConfigureAwait(false);
            string text;
            try
            {
                text = await Task.Run(() => Hear(form.Files[0])).ConfigureAwait(false);
            }
            finally
            {
                free.Release();
            }

            await context.Response.WriteAsync(text + "\n", context.RequestAborted).ConfigureAwait(false);
        }));
        await app.RunAsync().ConfigureAwait(false);

        string Hear(IFormFile file)
        {
            using Stream content = file.OpenReadStream();
            float[] pcm = FloatFrontEnd.Normalized.Apply(AudioFile.Load16k(content));
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(pcm, [1, pcm.Length]);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, session.InputNames, [input], session.OutputNames);
            ReadOnlySpan<float> logits = outputs[0].GetTensorDataAsSpan<float>();
            int frames = logits.Length / vocabulary.Tokens.Count;
            var text = new char[decoder.MaxTextLength(frames)];
            return new string(text, 0, decoder.Decode(logits, frames, text));
        }
    }
}
