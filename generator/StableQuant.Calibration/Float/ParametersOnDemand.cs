using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace StableQuant.Calibration.Float;

/// <summary>Parameters that are made, or read from a file, each time they are asked for, and not kept.</summary>
/// <param name="makers">What makes an operation's parameters, by its name; called from any thread.</param>
internal sealed class ParametersOnDemand(IReadOnlyDictionary<string, Func<FloatParameters>> makers) : IReadOnlyDictionary<string, FloatParameters>
{
    /// <inheritdoc/>
    public FloatParameters this[string key] => makers[key]();

    /// <inheritdoc/>
    public IEnumerable<string> Keys => makers.Keys;

    /// <inheritdoc/>
    public IEnumerable<FloatParameters> Values => makers.Values.Select(make => make());

    /// <inheritdoc/>
    public int Count => makers.Count;

    /// <inheritdoc/>
    public bool ContainsKey(string key) => makers.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out FloatParameters value)
    {
        value = makers.TryGetValue(key, out Func<FloatParameters>? make) ? make() : null;
        return value is not null;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, FloatParameters>> GetEnumerator() => makers.Select(maker => KeyValuePair.Create(maker.Key, maker.Value())).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
