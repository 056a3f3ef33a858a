using StableQuant.Audio;
using StableQuant.Calibration;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Cli.Output;

namespace StableQuant.Cli.Commands;

/// <summary>Recordings that one instance of a model hears one after another, each as one utterance; it is made anew where one is longer than those before.</summary>
/// <param name="source">The model.</param>
internal sealed class RecordingFiles(IModelSource source) : IDisposable
{
    // Most recordings are shorter.
    private const double FirstCapacitySeconds = 20;

    private ICompiledModel? instance;

    /// <summary>Hears files. A bad one is reported and passed over.</summary>
    /// <param name="files">The files; - is standard input.</param>
    /// <param name="channels">Which channel.</param>
    /// <param name="hear">Takes the path, an instance that is long enough, and the samples.</param>
    /// <param name="fail">Takes the path and what was wrong.</param>
    /// <param name="cancellationToken">Ends the work between two files.</param>
    /// <returns>The exit status.</returns>
    public int Run(IEnumerable<string> files, ChannelChoice channels, Action<string, ICompiledModel, float[]> hear, Action<string, string> fail, CancellationToken cancellationToken)
    {
        int status = ExitStatus.Done;
        foreach (string path in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (!AudioInput.Exists(path))
                {
                    throw new StableQuantException($"{path}: there is no such file.");
                }

                Hear(path, AudioInput.Read(path, channels, cancellationToken).Samples, hear);
            }
            catch (Exception e) when (CommandAction.IsForUser(e))
            {
                Messages.WriteError(e.Message);
                fail(path, e.Message);
                status = ExitStatus.Failed;
            }
        }

        return status;
    }

    /// <inheritdoc/>
    public void Dispose() => instance?.Dispose();

    private void Hear(string path, float[] pcm, Action<string, ICompiledModel, float[]> hear)
    {
        if (instance is null || instance.MaxSamples < pcm.Length)
        {
            double seconds = Math.Max(FirstCapacitySeconds, Math.Ceiling(pcm.Length / (double)AudioFile.ModelRate));
            if (seconds > CompiledModel.LongestSeconds)
            {
                throw new StableQuantException(FormattableString.Invariant($"{AudioInput.Name(path)}: has {seconds:0} s; such a model hears a recording as one utterance, of {CompiledModel.LongestSeconds:0} s at most. Cut it."));
            }

            instance?.Dispose();
            instance = null;
            instance = source.CreateAny(seconds);
        }

        AudioLength.RequireFrame(AudioInput.Name(path), pcm.Length, instance.MinSamples);
        try
        {
            hear(path, instance, pcm);
        }
        catch (ArgumentException e)
        {
            throw new StableQuantException($"{AudioInput.Name(path)}: {e.Message}", e);
        }
    }
}
