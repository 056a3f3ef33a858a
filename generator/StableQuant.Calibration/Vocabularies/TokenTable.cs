using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Vocabularies;

/// <summary>Tokens by their outputs, while they are gathered from files.</summary>
/// <param name="path">The vocabulary's file.</param>
/// <param name="tokenizer">What lies beside it.</param>
/// <param name="note">Receives a line on each thing that is not as it should be.</param>
internal sealed class TokenTable(string path, TokenizerFiles tokenizer, Action<string>? note)
{
    private readonly SortedDictionary<int, string> tokens = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private bool isFitted;

    /// <summary>The vocabulary's file.</summary>
    public string Path => path;

    /// <summary>What lies beside it.</summary>
    public TokenizerFiles Tokenizer => tokenizer;

    /// <summary>Whether the file has a vocabulary for each of several languages.</summary>
    public bool IsNested { get; set; }

    // The highest output that there is, and one.
    private int Width => tokens.Count == 0 ? 0 : tokens.Keys.Last() + 1;

    private string Files => string.Join(", ", tokenizer.Names.Prepend(System.IO.Path.GetFileName(path)));

    /// <summary>Adds a token of the vocabulary.</summary>
    /// <exception cref="StableQuantException">Its output is another's, or out of range; or the token is there already.</exception>
    public void Add(string token, int output)
    {
        if (output is < 0 or >= GraphLimits.MaxChannels || !tokens.TryAdd(output, token))
        {
            throw new StableQuantException($"{path}: the outputs of tokens are whole numbers from 0 on, each once and below {GraphLimits.MaxChannels}, but {token} maps to {output}.");
        }

        if (!names.Add(token) && token.Length > 0)
        {
            throw new StableQuantException($"{path}: the token {token} is there twice; its outputs are {tokens.First(entry => entry.Value == token).Key} and {output}.");
        }
    }

    /// <summary>Adds the tokens that only the tokenizer's files have: with outputs, or by their roles alone, behind all others.</summary>
    public void AddTokenizerTokens()
    {
        foreach ((string token, int output) in tokenizer.Added.Where(added => !names.Contains(added.Token)))
        {
            if (output is < 0 or >= GraphLimits.MaxChannels)
            {
                throw new StableQuantException($"{path}: the added token {token} maps to {output}, which is no output.");
            }

            if (tokens.TryGetValue(output, out string? other))
            {
                note?.Invoke($"{path}: output {output} is {other} here and {token} among the added tokens, which count.");
            }

            tokens[output] = token;
            names.Add(token);
        }

        foreach (string token in tokenizer.Special.Where(names.Add))
        {
            tokens[Width] = token;
        }
    }

    /// <summary>Makes the table as wide as the logits, where that needs no guess.</summary>
    /// <exception cref="StableQuantException">It does.</exception>
    public void Fit(int width, string model)
    {
        // Toolkits that put the blank behind all pieces write files of the pieces alone.
        if (Width == width - 1 && tokenizer.Names.Count == 0 && tokens.Values.Any(token => token.StartsWith('▁')) && !tokens.Values.Any(TokenRoles.IsBlank))
        {
            note?.Invoke($"{path}: names {Width} word pieces and no blank, and {model} makes {width} logits a frame: the last one is taken as the CTC blank.");
            tokens[Width] = TokenRoles.UsualBlank;
        }

        int[] beyond = [.. tokens.Keys.Where(output => output >= width)];
        if (Width < width || beyond.Any(output => !tokenizer.Special.Contains(tokens[output])))
        {
            throw new StableQuantException(
                $"{path}: {Files} {(tokenizer.Names.Count > 0 ? "name" : "names")} {Width} tokens, but {model} makes {width} logits a frame. Put the files of the model's tokenizer beside it, or name the vocabulary that belongs to it with --vocab FILE.");
        }

        if (beyond.Length > 0)
        {
            note?.Invoke($"{path}: {string.Join(", ", beyond.Select(output => tokens[output]))} left out: the model makes {width} logits a frame, the tokenizer has {Width} tokens.");
            Array.ForEach(beyond, output => tokens.Remove(output));
        }

        isFitted = true;
    }

    /// <summary>The tokens, one an output.</summary>
    /// <exception cref="StableQuantException">Outputs have no token, and no model says that they are there.</exception>
    public string[] ToArray()
    {
        int[] holes = [.. Enumerable.Range(0, Width).Where(output => !tokens.ContainsKey(output))];
        if (holes.Length > 0)
        {
            string which = $"{(holes.Length == 1 ? "output" : "outputs")} {string.Join(", ", holes.Take(10))}{(holes.Length > 10 ? ", …" : "")}";
            if (!isFitted)
            {
                throw new StableQuantException($"{path}: there is no token for {which}, but {tokens.Values.Last()} maps to {Width - 1}.");
            }

            note?.Invoke($"{path}: the model has {which}, but {Files} {(tokenizer.Names.Count > 0 ? "have" : "has")} no token for it; it writes nothing.");
        }

        return [.. Enumerable.Range(0, Width).Select(output => tokens.GetValueOrDefault(output, $"<{output}>"))];
    }
}
