using System.CommandLine;
using System.Globalization;
using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Calibration.Evaluate;
using StableQuant.Cli.Output;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant embed MODEL FILE…</c>: one embedding a file, as a matrix of NumPy's or as JSON; without either, how alike the files are.</summary>
internal static class EmbedCommand
{
    private const string Ending = ".npy";

    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        Argument<string[]> files = AudioInput.Files();
        var output = new Option<string?>("--output", "-o") { Description = "The embeddings, float32 of the shape (files, size), a row a file.", HelpName = "OUT.npy" };
        output.RequireEnding(Ending);
        Option<ChannelChoice> channel = AudioInput.Channel();
        var floatModel = new FloatModelSettings();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("embed", "Write the embeddings of audio files; without -o and --json, one line a further file: path, TAB, cosine similarity to the first.")
        {
            model, files, output, channel, threads, json,
        };
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            string? target = parse.GetValue(output);
            bool isJson = parse.GetValue(json);
            string[] paths = parse.GetRequiredValue(files);
            ChannelChoice heard = AudioInput.OneChannel(parse, channel);

            if (target is null && !isJson && paths.Length == 1)
            {
                throw new UsageException("name with -o OUT.npy where the embedding goes, or --json, or a second FILE to compare the first with.");
            }

            if (target is not null)
            {
                AtomicFiles.Check(target);
            }

            using IModelSource source = floatModel.Open(parse, parse.GetRequiredValue(model), parse.GetValue(threads));
            source.Require<Embedding>();
            using var recordings = new RecordingFiles(source);
            var embeddings = new List<(string Path, float[]? Values, string? Error)>();
            int status = recordings.Run(paths, heard, (path, instance, pcm) => embeddings.Add((path, Embed((ISpeechEmbedder)instance, pcm), null)), (path, error) => embeddings.Add((path, null, error)), cancellationToken);
            if (target is not null)
            {
                // A row a file: with one missing the rows would be others'.
                if (status != ExitStatus.Done)
                {
                    throw new StableQuantException($"{target}: not written, since some of the files could not be read.");
                }

                using var written = new AtomicFiles();
                NpyFile.Write(written.Add(target), [.. embeddings.SelectMany(e => e.Values!)], source.Width);
                cancellationToken.ThrowIfCancellationRequested();
                written.Commit();
            }

            Write(embeddings, target, source.Width, isJson);
            return status;
        });
        return command;
    }

    private static float[] Embed(ISpeechEmbedder embedder, float[] pcm)
    {
        var embedding = new float[embedder.EmbeddingSize];
        embedder.Embed(pcm, embedding);
        return embedding;
    }

    private static void Write(List<(string Path, float[]? Values, string? Error)> embeddings, string? target, int size, bool json)
    {
        float[]? first = embeddings[0].Values;
        double? Similarity(float[]? values) => first is null || values is null ? null : CosineSimilarity.Of(first, values);
        if (json)
        {
            JsonOutput.Write(new
            {
                Output = target, size,
                Files = embeddings.Select(e => new { e.Path, e.Error, Embedding = target is null ? e.Values : null, SimilarityToFirst = Similarity(e.Values) }),
            });
        }
        else if (target is not null)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target}: {embeddings.Count} embeddings of {size} values"));
        }
        else
        {
            foreach ((string path, float[]? values, _) in embeddings.Skip(1))
            {
                if (Similarity(values) is { } similarity)
                {
                    TextLines.Write(path, similarity.ToString("0.0000", CultureInfo.InvariantCulture));
                }
            }
        }
    }
}
