using System.Globalization;

namespace TranscriptionServer.Configuration;

/// <summary>Reads <see cref="ServerOptions"/>: the first setting that is wrong, or is none, ends it with one error.</summary>
internal sealed class OptionsReader
{
    private readonly IConfigurationSection section;
    private readonly HashSet<string> known = new(StringComparer.OrdinalIgnoreCase);

    private OptionsReader(IConfiguration configuration) => section = configuration.GetSection(ServerOptions.Section);

    /// <summary>Reads the options.</summary>
    /// <exception cref="ConfigurationException">A setting has a value that it does not take, or there is no such setting.</exception>
    public static ServerOptions Read(IConfiguration configuration)
    {
        var defaults = new ServerOptions();
        var reader = new OptionsReader(configuration);
        var options = new ServerOptions
        {
            Instances = (int)reader.Number(nameof(ServerOptions.Instances), defaults.Instances, 1, 1024),
            QueueLength = (int)reader.Number(nameof(ServerOptions.QueueLength), defaults.QueueLength, 0, 100_000),
            MaxUploadBytes = reader.Number(nameof(ServerOptions.MaxUploadBytes), defaults.MaxUploadBytes, 1024, 1L << 32),
            MaxAudioSeconds = (int)reader.Number(nameof(ServerOptions.MaxAudioSeconds), defaults.MaxAudioSeconds, 1, 6 * 3600),
            HeaderSeconds = (int)reader.Number(nameof(ServerOptions.HeaderSeconds), defaults.HeaderSeconds, 1, 3600),
            UploadSeconds = (int)reader.Number(nameof(ServerOptions.UploadSeconds), defaults.UploadSeconds, 1, 3600),
            RecognitionSeconds = (int)reader.Number(nameof(ServerOptions.RecognitionSeconds), defaults.RecognitionSeconds, 1, 24 * 3600),
            ShutdownSeconds = (int)reader.Number(nameof(ServerOptions.ShutdownSeconds), defaults.ShutdownSeconds, 0, 3600),
            MaxConnections = (int)reader.Number(nameof(ServerOptions.MaxConnections), defaults.MaxConnections, 1, 1_000_000),
            ApiKey = reader.Key(nameof(ServerOptions.ApiKey)),
        };
        reader.RefuseUnknown();
        return options;
    }

    private long Number(string name, long byDefault, long min, long max)
    {
        string? text = Text(name);
        if (text is null)
        {
            return byDefault;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= min && value <= max
            ? value
            : throw new ConfigurationException(string.Create(CultureInfo.InvariantCulture, $"{ServerOptions.Section}:{name} is '{text}'; it takes a whole number from {min} to {max}"));
    }

    // A key that a header cannot carry would lock everybody out. The message does not repeat it.
    private string? Key(string name) => Text(name) switch
    {
        null => null,
        { Length: > 0 } key when key.All(c => c is > ' ' and <= '~') => key,
        _ => throw new ConfigurationException($"{ServerOptions.Section}:{name} takes printable ASCII characters without a space; leave the setting out for a server without a key"),
    };

    private string? Text(string name)
    {
        known.Add(name);
        return section[name];
    }

    private void RefuseUnknown()
    {
        if (section.GetChildren().FirstOrDefault(child => !known.Contains(child.Key)) is { } unknown)
        {
            throw new ConfigurationException($"{unknown.Path} is no setting; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}");
        }
    }
}
