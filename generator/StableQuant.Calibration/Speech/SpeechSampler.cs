using System.Security.Cryptography;
using System.Text;

namespace StableQuant.Calibration.Speech;

/// <summary>Chooses utterances of a set, and checks those that it chooses.</summary>
internal static class SpeechSampler
{
    /// <summary>Part of what is hashed, so that the order is this project's own and always the same.</summary>
    private const string Seed = "stablequant utterances 1\n";

    /// <summary>Chooses.</summary>
    /// <param name="utterances">All there are.</param>
    /// <param name="selection">How many are wanted, and whether others stand in for bad ones.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>The chosen utterances, and what is wrong with those that cannot be used.</returns>
    public static (List<Utterance> Chosen, List<string> Bad) Choose(List<Utterance> utterances, SpeechSelection selection, CancellationToken cancellationToken)
    {
        Utterance[] order = selection.Utterances is null ? [.. utterances] : [.. utterances.OrderBy(u => Key(u.Id), StringComparer.Ordinal)];
        int wanted = Math.Min(selection.Utterances ?? order.Length, order.Length);
        var chosen = new List<Utterance>();
        var bad = new List<string>();
        int good = 0;
        for (int next = 0; next < order.Length && good < wanted;)
        {
            // Others stand in for bad ones, in the same order, where bad ones are left out at all.
            Utterance[] batch = order[next..Math.Min(next + wanted - good, order.Length)];
            next += batch.Length;
            foreach ((IReadOnlyList<Utterance> parts, string? problem) in AudioCheck.Run(batch, selection, cancellationToken))
            {
                chosen.AddRange(parts);
                good += problem is null ? 1 : 0;
                if (problem is not null)
                {
                    bad.Add(problem);
                }
            }

            if (!selection.SkipsBad)
            {
                break;
            }
        }

        return (chosen, bad);
    }

    private static string Key(string id) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Seed + id)));
}
