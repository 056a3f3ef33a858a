using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A model from which instances are made, one a thread. The instances share what is large.</summary>
public interface IModelSource : IDisposable
{
    /// <summary>The model's name: its file's name without folder and ending.</summary>
    string Name { get; }

    /// <summary>What the head's outputs stand for.</summary>
    Vocabulary Vocabulary { get; }

    /// <summary>Makes an instance. The caller disposes it before this source.</summary>
    /// <param name="maxSeconds">The longest utterance that it has to take, in seconds.</param>
    ISpeechModel Create(double maxSeconds);
}
