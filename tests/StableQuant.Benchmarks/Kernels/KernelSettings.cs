using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using StableQuant.Benchmarks.Models;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>How kernels are timed: in this very process, since what BenchmarkDotNet would build elsewhere needs packages that mirrors lack.</summary>
internal class KernelSettings : ManualConfig
{
    public KernelSettings()
    {
        AddJob(Job.MediumRun.WithLaunchCount(1).WithToolchain(InProcessEmitToolchain.Instance));
        ArtifactsPath = Path.Combine(Repository.Artifacts, "kernels");
    }
}
