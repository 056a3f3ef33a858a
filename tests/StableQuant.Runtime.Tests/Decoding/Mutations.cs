using System.Text;

namespace StableQuant.Decoding.Tests;

/// <summary>Changed copies of an input, the same ones on every run.</summary>
internal static class Mutations
{
    /// <summary>Bytes changed, removed, doubled, exchanged and cut off, a few at a time.</summary>
    public static IEnumerable<byte[]> Of(byte[] seed, int rounds)
    {
        var random = new Random(20261130);
        for (int round = 0; round < rounds; round++)
        {
            List<byte> changed = [.. seed];
            for (int change = random.Next(1, 5); change > 0 && changed.Count > 0; change--)
            {
                int at = random.Next(changed.Count);
                int length = Math.Min(random.Next(1, 12), changed.Count - at);
                switch (random.Next(6))
                {
                    case 0: changed[at] = (byte)random.Next(256); break;
                    case 1: changed.RemoveRange(at, length); break;
                    case 2: changed.InsertRange(at, changed.GetRange(at, length)); break;
                    case 3: (changed[at], changed[^1]) = (changed[^1], changed[at]); break;
                    case 4: changed.Insert(random.Next(changed.Count), changed[at]); break;
                    default: changed.RemoveRange(at, random.Next(20) == 0 ? changed.Count - at : length); break;
                }
            }

            yield return [.. changed];
        }
    }

    /// <summary>The same of a text; what is no UTF-8 becomes U+FFFD.</summary>
    public static IEnumerable<string> Of(string seed, int rounds) => Of(Encoding.UTF8.GetBytes(seed), rounds).Select(Encoding.UTF8.GetString);
}
