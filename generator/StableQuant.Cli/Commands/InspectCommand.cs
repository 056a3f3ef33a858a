using System.CommandLine;
using System.Globalization;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Cli.Output;
using StableQuant.Graph.Text;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant inspect MODEL [--check]</c>: a table of layers; on a float model, what the importer recognised.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var check = new Option<bool>("--check") { Description = "Compare our float executor with ONNX Runtime on seeded noise (float models only)." };
        Option<bool> allowSymlinks = SharedOptions.AllowSymlinks();
        Option<string?> language = SharedOptions.Language();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();

        var command = new Command("inspect", "List the layers of a model.") { model, check, allowSymlinks, language, threads, json };
        command.Handle((parse, cancellationToken) =>
        {
            string path = parse.GetRequiredValue(model);
            bool withCheck = parse.GetValue(check);
            if (ModelSource.IsCompiled(path))
            {
                if (withCheck)
                {
                    throw new UsageException("--check compares with ONNX Runtime, which runs float models only.");
                }

                Write(SqModelFile.Read(path), parse.GetValue(json));
                return ExitStatus.Done;
            }

            FloatModel imported = ModelImporter.Import(path, Messages.WriteNote, parse.GetValue(allowSymlinks), parse.GetValue(language));
            ExecutorCheck? result = withCheck ? ExecutorCheck.Run(path, imported, parse.GetValue(threads), cancellationToken) : null;
            Write(imported, result, parse.GetValue(json));
            return result is { Passed: false } ? ExitStatus.Failed : ExitStatus.Done;
        });
        return command;
    }

    private static void Write(FloatModel model, ExecutorCheck? check, bool json)
    {
        if (json)
        {
            object layers = Layers(model.Operations), frontEnd = FrontEndOutput.Json(model.FrontEnd);
            JsonOutput.Write(check is null
                ? new { frontEnd, layers, Operations = model.Operations.Count, Parameters = model.ParameterCount }
                : new { frontEnd, layers, Operations = model.Operations.Count, Parameters = model.ParameterCount, check.MaxDifference, check.MaxLogit, check.Passed });
            return;
        }

        WriteTable(model.FrontEnd, model.Operations, model.ParameterCount);
        if (check is not null)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"float executor against ONNX Runtime: largest difference {check.MaxDifference:G3}, largest logit {check.MaxLogit:G4}: {(check.Passed ? "they agree" : "they DIFFER")}"));
        }
    }

    private static void Write(ModelDescription model, bool json)
    {
        long parameters = model.Operations.Sum(operation => operation.Parameters);
        string? shape = model.VocabularyHead is null ? null : ShapeText.Fingerprint(model);
        if (json)
        {
            JsonOutput.Write(new
            {
                FrontEnd = FrontEndOutput.Json(model.FrontEnd),
                Layers = Layers(model.Operations),
                Operations = model.Operations.Count,
                parameters,
                ShapeSha256 = shape,
                model.Receipt.Method,
                model.Receipt.Levers,
                Remainders = model.Receipt.Outliers,
                model.Receipt.Measurements,
            });
            return;
        }

        WriteTable(model.FrontEnd, model.Operations, parameters);
        if (shape is not null)
        {
            TextLines.Write($"shape {shape}");
        }

        TextLines.Write($"calibrated by {model.Receipt.Method}{(model.Receipt.Levers.Count > 0 ? $", with {string.Join(", ", model.Receipt.Levers)}" : "")}");
        if (model.Receipt.Outliers.Count > 0)
        {
            TextLines.Write("kept as remainders: " + string.Join(", ", model.Receipt.Outliers.Select(r =>
                string.Create(CultureInfo.InvariantCulture, $"{r.Layer} {100 * r.Share:0.###} %"))));
        }

        foreach (Measurement measured in model.Receipt.Measurements)
        {
            TextLines.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{measured.Role} on {measured.Data} ({measured.Utterances} utterances, {measured.Words} {measured.Kind.Items()}): {measured.Kind.Rate()} {100 * measured.FloatWer:F2} % float, {100 * measured.QuantizedWer:F2} % int8{(measured.Differing is { } differing ? $", {100 * differing:F2} % of float's {measured.Kind.Items()} differ" : "")}"));
            foreach (MeasuredFigure figure in measured.Figures)
            {
                TextLines.Write($"  {ErrorFigure.Words(figure.Name, measured.Kind)}: {(figure.Float is { } value ? $"{Rate.Percent(value)} float, " : "")}{FigureText.Of(figure)}{(figure.Float is null ? "" : " int8")}");
            }
        }
    }

    private static object Layers(IReadOnlyCollection<Operation> operations)
    {
        var precision = new OperationPrecision(operations);
        return operations.Select(o => new
        {
            o.Name,
            o.Kind,
            Shape = (int[])[.. o.Dimensions],
            Inputs = (string[])[.. o.Inputs],
            Precision = precision.Of(o) is { Length: > 0 } text && o is not Quantize ? text : null,
            Grid = o is Quantize q ? new { Type = q.Type.ToString(), q.Scale, q.ZeroPoint, Outliers = q.Outliers.ToString(), q.Percentile, q.Why } : null,
        });
    }

    private static void WriteTable(Graph.FrontEnd frontEnd, IReadOnlyCollection<Operation> operations, long parameters)
    {
        Console.Out.WriteLine(FrontEndOutput.Line(frontEnd));
        Console.Out.WriteLine();
        var precision = new OperationPrecision(operations);
        var table = new TextTable("name", "kind", "shape", "inputs", "precision");
        foreach (Operation operation in operations)
        {
            table.Add(
                operation.Name,
                operation.Kind,
                string.Join(" × ", (int[])[.. operation.Dimensions]),
                string.Join(" ", operation.Inputs),
                precision.Of(operation));
        }

        Console.Out.Write(table);
        Console.Out.WriteLine();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{operations.Count} operations, {parameters} parameters"));
    }
}
