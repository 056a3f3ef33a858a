using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Generator;
using StableQuant.Generator.Emit;
using StableQuant.Generator.Lower;
using StableQuant.Graph;
using StableQuant.Graph.Text;
using StableQuant.Graph.Validation;

namespace StableQuant.Calibration.Compile;

/// <summary>A quantized model, compiled in memory by the generator's own code: what runs is the very code that ships.</summary>
public sealed class CompiledModelSource : IModelSource
{
    /// <summary>The class that is made of a description.</summary>
    internal static readonly ClassTarget Target = new("StableQuant.Compiled", "Model", "public", "model.sqweights");

    private readonly AssemblyLoadContext context = new("StableQuant", isCollectible: true);
    private readonly Type type;
    private readonly string weights;
    private readonly string weightsPath;
    private readonly DirectoryInfo? temporary;

    // Weights are mapped from a file, not embedded: a large model's would lie in memory five times while it is compiled.
    private CompiledModelSource(ModelDescription description, ClassTarget target, byte[] assembly, string weightsPath, DirectoryInfo? temporary)
    {
        Name = description.Name;
        Head = description.Head;
        Width = description.OutputWidth;
        weights = target.Weights;
        this.weightsPath = weightsPath;
        this.temporary = temporary;
        using var stream = new MemoryStream(assembly);
        type = context.LoadFromStream(stream).GetExportedTypes().Single();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public Head Head { get; }

    /// <inheritdoc/>
    public int Width { get; }

    /// <summary>Reads a description, compiles it, and loads it with the weights beside it. They are mapped: the file stays as it is while they are in use.</summary>
    /// <param name="path">The <c>.sqmodel</c>.</param>
    /// <param name="cache">Keeps what was compiled; null for nothing.</param>
    /// <param name="givenChannels">Values of a frame of the network's own input, which it is compiled for in place of its front end's; null for audio.</param>
    /// <exception cref="StableQuantException">A file is missing, malformed, or they do not belong together.</exception>
    public static CompiledModelSource Load(string path, AssemblyCache? cache = null, int? givenChannels = null)
    {
        ModelDescription description = SqModelFile.Read(path);
        if (givenChannels is { } channels)
        {
            description = description with { FrontEnd = description.FrontEnd.Given(path, channels) };
        }

        string weightsPath = SqModelFile.WeightsPath(path);
        if (!File.Exists(weightsPath))
        {
            throw new StableQuantException($"{weightsPath}: there is no such file; the weights of a .sqmodel lie beside it, under the same name.");
        }

        ClassTarget target = Mapping(weightsPath);
        byte[] Compiled() => Emit(description, target, weightsPath);
        return Checked(new CompiledModelSource(description, target, cache?.GetOrAdd(Key(description, target), Compiled) ?? Compiled(), weightsPath, null));
    }

    /// <summary>Compiles and loads a quantized model.</summary>
    /// <param name="model">Description and weights.</param>
    /// <param name="weightsPath">What to call the weights in messages.</param>
    /// <exception cref="StableQuantException">They do not belong together.</exception>
    public static CompiledModelSource Compile(QuantizedModel model, string weightsPath)
    {
        ArgumentNullException.ThrowIfNull(model);
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("stablequant-");
        try
        {
            string mapped = Path.Combine(temporary.FullName, Target.Weights);
            File.WriteAllBytes(mapped, model.Weights);
            ClassTarget target = Mapping(mapped);
            return Checked(new CompiledModelSource(model.Description, target, Emit(model.Description, target, weightsPath), weightsPath, temporary));
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <inheritdoc/>
    public ICompiledModel CreateAny(double maxSeconds) => CreateAny(maxSeconds, threads: 1);

    /// <inheritdoc/>
    public ISpeechModel Create(double maxSeconds) => Create(maxSeconds, threads: 1);

    /// <summary>Makes an instance of a model that recognises words.</summary>
    /// <param name="maxSeconds">The longest utterance that it accepts.</param>
    /// <param name="threads">Threads that work on one utterance.</param>
    public ISpeechModel Create(double maxSeconds, int threads)
    {
        this.Require<Vocabulary>();
        return (ISpeechModel)CreateAny(maxSeconds, threads);
    }

    /// <summary>Makes an instance, whatever the model answers.</summary>
    /// <param name="maxSeconds">The longest utterance that it accepts.</param>
    /// <param name="threads">Threads that work on one utterance.</param>
    public ICompiledModel CreateAny(double maxSeconds, int threads)
    {
        try
        {
            return (ICompiledModel)Activator.CreateInstance(type, BindingFlags.DoNotWrapExceptions | BindingFlags.CreateInstance | BindingFlags.Public | BindingFlags.Instance, null, [maxSeconds, threads], null)!;
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new StableQuantException($"{Name}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
        catch (InvalidDataException exception)
        {
            // The message begins with what the class calls its weights; the user may call them otherwise.
            throw new StableQuantException(exception.Message.Replace(weights, weightsPath, StringComparison.Ordinal), exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        context.Unload();
        Delete(temporary);
    }

    // Where a mapped file cannot be deleted, it is the system's to clean up.
    private static void Delete(DirectoryInfo? temporary)
    {
        try
        {
            temporary?.Delete(recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>The C# of a model, from what is at hand: its text need not be written and read again, as <see cref="ModelCompiler"/> would.</summary>
    /// <exception cref="StableQuantException">The description is none that can be compiled.</exception>
    internal static IEnumerable<GeneratedFile> Sources(ModelDescription description, ClassTarget target, string weightsPath) =>
        ModelValidator.Check(description) is { } error
            ? throw new StableQuantException($"{weightsPath}: the description of these weights cannot be compiled: {error.Message}")
            : ModelEmitter.Emit(Lowering.Lower(description, mounts: target.Place == WeightsPlace.Mounted), target);

    private static ClassTarget Mapping(string weightsPath) => Target with { Weights = Path.GetFullPath(weightsPath), Place = WeightsPlace.File };

    private static CompiledModelSource Checked(CompiledModelSource source)
    {
        try
        {
            // The first instance checks the weights: better now than in the middle of an evaluation.
            source.CreateAny(maxSeconds: 4).Dispose();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    // The description has the hash of its weights. Code for all instruction sets is in one assembly, which picks one when it runs.
    private static string Key(ModelDescription description, ClassTarget target) => string.Join('\n',
        typeof(ModelCompiler).Module.ModuleVersionId,
        typeof(SpeechModel).Module.ModuleVersionId,
        typeof(CompiledModelSource).Module.ModuleVersionId,
        Environment.Version,
        target,
        DescriptionWriter.Write(description));

    /// <summary>The assembly of a model.</summary>
    internal static byte[] Emit(ModelDescription description, ClassTarget target, string weightsPath) => Emit(Sources(description, target, weightsPath));

    /// <summary>The assembly of a model's C#.</summary>
    internal static byte[] Emit(IEnumerable<GeneratedFile> sources)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.Latest);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "StableQuant.Compiled." + Path.GetRandomFileName(),
            sources.Select(file => CSharpSyntaxTree.ParseText(SourceText.From(file.Text), parsing, file.Name)),
            References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        return result.Success
            ? assembly.ToArray()
            : throw new InvalidOperationException("Generated code does not compile: " + string.Join("; ", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5)));
    }

    // Whatever this program itself runs on is what the generated code compiles against.
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(path => Path.GetFileName(path) is string name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "StableQuant.Runtime.dll" or "netstandard.dll"))
            .Select(path => MetadataReference.CreateFromFile(path))]);
}
