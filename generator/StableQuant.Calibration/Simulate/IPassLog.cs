namespace StableQuant.Calibration.Simulate;

/// <summary>Is told of each pass of speech through a model, which is what a search costs.</summary>
internal interface IPassLog
{
    /// <summary>Counts one pass within the step at hand.</summary>
    void CountPass();

    /// <summary>Begins a step of one pass, whose utterances are reported.</summary>
    IProgress<EvaluationProgress> Pass(string step);
}
