namespace StableQuant.Calibration.Tests;

/// <summary>The files that tests read: committed ones, copied beside the tests, and large sets that a checkout may lack.</summary>
internal static class TestFiles
{
    /// <summary>The float commands model, 3.3 million parameters; <c>vocab.json</c> lies beside it.</summary>
    public static string FloatCommands => Model("commands-wav2vec2.onnx");

    /// <summary>The quantized commands model that the sample ships.</summary>
    public static string Commands => Model("commands.sqmodel");

    /// <summary>The manifest of the 40 recordings that the sample ships.</summary>
    public static string Recordings => Path.Combine(AppContext.BaseDirectory, "Recordings", "transcripts.tsv");

    /// <summary>A model among the test files.</summary>
    public static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "Models", name);

    /// <summary>A small file among the test files.</summary>
    public static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "Data", name);

    /// <summary>A file in a folder <c>shared</c> beside the checkout, which holds sets too large to commit; null where it is not.</summary>
    public static string? Shared(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "StableQuant.Compiler.sln")))
            {
                string file = Path.Combine(folder.Parent!.FullName, "shared", path);
                return File.Exists(file) ? file : null;
            }
        }

        return null;
    }
}

/// <summary>A test that needs a file from outside the checkout; without it, it is reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute(string path)
    {
        if (TestFiles.Shared(path) is null)
        {
            Skip = $"There is no {path} in a folder 'shared' beside the checkout.";
        }
    }
}

/// <summary>The same for tests with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute(string path)
    {
        if (TestFiles.Shared(path) is null)
        {
            Skip = $"There is no {path} in a folder 'shared' beside the checkout.";
        }
    }
}
