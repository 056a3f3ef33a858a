using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A model from which instances are made, one a thread. The instances share what is large.</summary>
public interface IModelSource : IDisposable
{
    /// <summary>The model's name: its file's name without folder and ending.</summary>
    string Name { get; }

    /// <summary>What the outputs stand for.</summary>
    Head Head { get; }

    /// <summary>Values of a frame of outputs.</summary>
    int Width { get; }

    /// <summary>Makes an instance: an <see cref="ISpeechModel"/>, an <see cref="ISpeechClassifier"/> or an <see cref="ISpeechEmbedder"/>, as the head is. The caller disposes it before this source.</summary>
    /// <param name="maxSeconds">The longest utterance that it has to take, in seconds.</param>
    ICompiledModel CreateAny(double maxSeconds);

    /// <summary>Makes an instance of a model that recognises words.</summary>
    /// <param name="maxSeconds">The longest utterance that it has to take, in seconds.</param>
    /// <exception cref="StableQuantException">The model answers something else.</exception>
    ISpeechModel Create(double maxSeconds);
}
