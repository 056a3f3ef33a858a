using FsCheck;
using FsCheck.Fluent;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>Sixteen lanes of nasty and random values, and how properties run: with fixed seeds, so that a failure comes back.</summary>
internal static class Lanes
{
    private static readonly float[] NastyFloats =
    [
        0f, -0f, 0.5f, -0.5f, 1.5f, -1.5f, 2.5f, -2.5f, 254.5f, 255.5f, 1f, -1f, float.Epsilon, -float.Epsilon, 1.17549435e-38f, -1.17549421e-38f,
        8388607.5f, 8388608f, 16777216f, 16777217f, -16777215f, 1e30f, -1e30f, float.MaxValue, float.MinValue, 1.0000001f, 0.99999994f, 3.1415927f,
    ];

    private static readonly int[] NastyInts =
        [0, 1, -1, 127, -127, 128, 255, 256, -256, 32767, -32768, 65535, 16777217, -16777219, 33554435, int.MaxValue, int.MinValue, 0x7FFFFF80, -8388609];

    /// <summary>Any finite float, by its bits, by a plain range, or a nasty one.</summary>
    public static Gen<float> AnyFloat { get; } = Gen.OneOf(
        Gen.Elements(NastyFloats),
        Gen.Choose(int.MinValue, int.MaxValue).Select(bits => BitConverter.Int32BitsToSingle(bits)).Where(float.IsFinite),
        Gen.Choose(-2_000_000, 2_000_000).Select(i => i / 1000f));

    /// <summary>As <see cref="AnyFloat"/>, but within int32.</summary>
    public static Gen<float> SmallFloat { get; } = Gen.OneOf(
        Gen.Choose(-600, 600).Select(i => i / 2f),
        Gen.Choose(-40_000_000, 40_000_000).Select(i => i / 2f),
        AnyFloat.Where(f => Math.Abs(f) < 2147483520f));

    public static Gen<int> AnyInt { get; } = Gen.OneOf(Gen.Elements(NastyInts), Gen.Choose(int.MinValue, int.MaxValue), Gen.Choose(-300, 300));

    /// <summary>Sixteen of <see cref="AnyFloat"/>; or zeros of both signs, where order decides between equals.</summary>
    public static Gen<float[]> AnyFloats { get; } = Gen.OneOf(Sixteen(AnyFloat), Sixteen(Gen.Elements(0f, -0f, -1f)));

    public static Gen<T[]> Sixteen<T>(Gen<T> lane) => lane.ArrayOf(16);

    public static void Check<T>(Gen<T> values, Action<T> property, int tests = 2000) =>
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(tests).WithReplay(20261122UL, 31UL),
            Prop.ForAll(values.ToArbitrary(), property));
}
