using System.Runtime.InteropServices;

namespace StableQuant.Benchmarks.Models;

/// <summary>Seeded normal values, which stand for trained weights.</summary>
internal static class NormalValues
{
    /// <summary>Standard normal values (Box and Muller's method), each made into an element.</summary>
    /// <param name="count">How many.</param>
    /// <param name="random">Where they come from.</param>
    /// <param name="element">Makes an element of a value.</param>
    /// <returns>The elements' bytes.</returns>
    public static byte[] Draw<T>(int count, Random random, Func<double, T> element)
        where T : unmanaged
    {
        var bytes = new byte[checked(count * Marshal.SizeOf<T>())];
        Span<T> elements = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        for (int i = 0; i < elements.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            elements[i] = element(radius * cosine);
            if (i + 1 < elements.Length)
            {
                elements[i + 1] = element(radius * sine);
            }
        }

        return bytes;
    }
}
