using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Speech;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Simulate;

/// <summary>Descriptions made of others.</summary>
internal static class Descriptions
{
    /// <summary>Calibrates the commands model with the bundled recordings.</summary>
    public static void Calibrate(string path, Func<CalibrationRequest, CalibrationRequest> how) => Calibrator.Run(
        how(new CalibrationRequest
        {
            ModelPath = TestFiles.FloatCommands,
            Head = VocabularyFile.LoadFor(TestFiles.FloatCommands, null),
            Data = SpeechDataset.Load(TestFiles.Recordings),
            OutputPath = path,
            Threads = 2,
        }),
        new Progress<CalibrationProgress>(),
        default);

    /// <summary>With other grids.</summary>
    public static ModelDescription WithGrids(this ModelDescription model, Func<Quantize, Quantize> alter) =>
        model with { Operations = new(model.Operations.Select(o => o is Quantize q ? alter(q) : o)) };

    /// <summary>With every step longer by one part in a million, about the accuracy of a float32 GELU.</summary>
    public static ModelDescription Nudged(this ModelDescription model) => model.WithGrids(q => q with { Scale = q.Scale * 1.000001f });

    /// <summary>
    /// Cut off behind an operation, whose channels pass for logits: what a compiled model makes of it is the
    /// operation's own result.
    /// </summary>
    public static ModelDescription CutAfter(this ModelDescription model, string operation)
    {
        // What nobody reads any more goes, too.
        HashSet<string> wanted = [operation];
        foreach (Operation read in model.Operations.Reverse().Where(o => wanted.Contains(o.Name)))
        {
            wanted.UnionWith(read.Inputs);
        }

        return model with
        {
            Operations = new(model.Operations.Where(o => wanted.Contains(o.Name))),
            Head = new Vocabulary(new(Enumerable.Range(0, model.Channels(operation)).Select(i => $"<{i}>")), 0, -1),
        };
    }

    /// <summary>Channels that an operation makes.</summary>
    public static int Channels(this ModelDescription model, string operation)
    {
        Operation made = model.Operations.Single(o => o.Name == operation);
        return made is Product ? made.ChannelsFrom(0) : model.Channels(made.Inputs[0]);
    }
}
