using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Graph;

namespace StableQuant.Calibration.Simulate;

/// <summary>Stands for all that a simulation's result depends on, apart from what is quantized: program, model, levers, weight bits and speech.</summary>
internal static class JournalOwner
{
    /// <summary>A line that differs where a result could.</summary>
    public static string Of(FloatModel model, Vocabulary vocabulary, CalibrationLevers levers, int weightBits, params ReadOnlySpan<SpeechDataset?> speech)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Add(typeof(JournalOwner).Module.ModuleVersionId.ToString());
        Add(levers.ToString());
        Add(weightBits.ToString(CultureInfo.InvariantCulture));
        Add(string.Join('\n', vocabulary.Tokens) + vocabulary.Blank + vocabulary.WordDelimiter);
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
