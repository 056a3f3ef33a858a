using System.ComponentModel;
using System.Runtime.CompilerServices;
using StableQuant.Layout;

namespace StableQuant.Kernels.Outliers;

/// <summary>The frames and channels of its input that a row of a product reads.</summary>
/// <param name="taps">Frames of a row's window.</param>
/// <param name="stride">Frames from one window to the next.</param>
/// <param name="padLeft">Frames of the first window that lie before the utterance.</param>
/// <param name="channels">Channels that the weights cover.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct InputWindow(int taps, int stride, int padLeft, int channels)
{
    /// <summary>Frames of a row's window.</summary>
    internal int Taps { get; } = taps;

    /// <summary>Frames from one window to the next.</summary>
    internal int Stride { get; } = stride;

    /// <summary>Channels that the weights cover.</summary>
    internal int Channels { get; } = channels;

    /// <summary>Whether each frame's channels are whole groups of weights, so that what is gathered of a frame serves every row that reads it.</summary>
    internal bool HasWholeGroups => Channels % PanelLayout.Inputs == 0;

    /// <summary>The working memory of a product over such windows.</summary>
    internal OutlierScratch Scratch => new(Channels, Taps, Stride);

    /// <summary>The first frame of a row's window; negative before the utterance.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int FirstFrame(int row) => row * Stride - padLeft;

    /// <summary>The frame behind those of some rows' windows; it may lie behind the utterance.</summary>
    /// <param name="end">The row behind the last one.</param>
    internal int EndFrame(int end) => FirstFrame(end - 1) + Taps;

    /// <summary>Bytes from one row's inputs to the next row's.</summary>
    internal long RowBytes => (long)Stride * Channels;

    /// <summary>Bytes that the inputs of some rows span.</summary>
    internal long Bytes(int rows) => (rows - 1) * RowBytes + (long)Taps * Channels;

    /// <summary>The row behind the last one whose window ends before a frame; none for 0 or less.</summary>
    internal int RowsBefore(int frame) => (frame - Taps + padLeft + Stride) / Stride;
}
