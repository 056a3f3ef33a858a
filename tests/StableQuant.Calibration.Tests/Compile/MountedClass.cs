using System.Reflection;
using System.Runtime.Loader;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;
using StableQuant.Generator;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>A model's class that mounts weights, compiled in memory.</summary>
internal sealed class MountedClass : IDisposable
{
    private readonly AssemblyLoadContext context = new("Mounted", isCollectible: true);
    private readonly Type type;

    public MountedClass(QuantizedModel model)
    {
        ClassTarget target = CompiledModelSource.Target with { Place = WeightsPlace.Mounted };
        type = context.LoadFromStream(new MemoryStream(CompiledModelSource.Emit(model.Description, target, "any.sqweights"))).GetExportedTypes().Single();
    }

    public string Shape => (string)type.GetField("Shape")!.GetRawConstantValue()!;

    public ISpeechModel Mount(SpeechWeights weights, double maxSeconds = 1, int threads = 1) => (ISpeechModel)Activator.CreateInstance(
        type, BindingFlags.DoNotWrapExceptions | BindingFlags.CreateInstance | BindingFlags.Public | BindingFlags.Instance, null, [weights, maxSeconds, threads], null)!;

    public void Dispose() => context.Unload();
}
