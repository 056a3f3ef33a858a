using System.Globalization;

namespace StableQuant.Audio;

/// <summary>Which channels of a recording are wanted: their mix, one of them by its number, or each by itself.</summary>
public readonly record struct ChannelChoice
{
    // 0 is the mix, so that it is the default; a positive number is that channel.
    private const int EachValue = -1;

    private readonly int value;

    private ChannelChoice(int value) => this.value = value;

    /// <summary>
    /// One channel, the mean of all. Where channels cancel each other, as in stereo with one side out of phase, it is the loudest channel
    /// instead, and a note of the clip says so.
    /// </summary>
    public static ChannelChoice Mix => default;

    /// <summary>Every channel by itself, for instance a speaker each.</summary>
    public static ChannelChoice Each => new(EachValue);

    /// <summary>The channel's number, from 1; null for <see cref="Mix"/> and <see cref="Each"/>.</summary>
    public int? ChannelNumber => value > 0 ? value : null;

    /// <summary>One channel.</summary>
    /// <param name="number">Its number, from 1: of stereo 1 is left, 2 is right.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is zero or negative.</exception>
    public static ChannelChoice Number(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
        return new ChannelChoice(number);
    }

    /// <summary>Reads <c>mix</c>, <c>each</c> or a number from 1, as <see cref="ToString"/> writes them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="choice">What it says; the mix where it says nothing.</param>
    /// <returns>Whether it says one of these.</returns>
    public static bool TryParse(string? text, out ChannelChoice choice)
    {
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0;
        choice = isNumber ? new ChannelChoice(number) : text == "each" ? Each : Mix;
        return isNumber || text is "each" or "mix";
    }

    /// <summary><c>mix</c>, <c>each</c> or the channel's number.</summary>
    public override string ToString() => value switch
    {
        EachValue => "each",
        0 => "mix",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };
}
