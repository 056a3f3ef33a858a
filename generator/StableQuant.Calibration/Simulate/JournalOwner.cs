using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Simulate;

/// <summary>Stands for all that a simulation's result depends on, apart from what is quantized: program, model, settings and speech.</summary>
internal static class JournalOwner
{
    private static string Text(Head head) => head switch
    {
        Vocabulary vocabulary => string.Join('\n', vocabulary.Tokens) + vocabulary.Blank + vocabulary.WordDelimiter,
        Classes classes => string.Join('\n', classes.Labels) + classes.PerFrame + classes.Exclusive,
        _ => "",
    };

    /// <summary>A line that differs where a result could.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="head">What its outputs stand for.</param>
    /// <param name="settings">Whatever else weights or speech are made by.</param>
    /// <param name="speech">All speech of the calibration; null where there is none.</param>
    public static string Of(FloatModel model, Head head, string settings, params ReadOnlySpan<SpeechDataset?> speech)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Add(typeof(JournalOwner).Module.ModuleVersionId.ToString());
        Add(settings);
        Add(Text(head));
        foreach (Operation operation in model.Operations)
        {
            Add(operation.ToString());
            if (model.Parameters.TryGetValue(operation.Name, out FloatParameters? parameters))
            {
                hash.AppendData(MemoryMarshal.AsBytes(parameters.Weight.AsSpan()));
                hash.AppendData(MemoryMarshal.AsBytes(parameters.Bias.AsSpan()));
            }
        }

        foreach (SpeechDataset? data in speech)
        {
            Add($"{data?.Name} {data?.ManifestSha256}");
            foreach (FileInfo audio in data?.Utterances.Select(u => new FileInfo(u.AudioPath)) ?? [])
            {
                Add(string.Create(CultureInfo.InvariantCulture, $"{audio.Length} {audio.LastWriteTimeUtc.Ticks}"));
            }
        }

        return $"sqsearch {Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
