using System.CommandLine;
using System.Globalization;
using StableQuant.Calibration;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Import;
using StableQuant.Cli.Output;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant inspect MODEL [--check]</c>: a table of layers; on an <c>.onnx</c>, what the importer recognised.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var check = new Option<bool>("--check") { Description = "Compare our float executor with ONNX Runtime on seeded noise (.onnx only)." };
        Option<bool> json = SharedOptions.Json();

        var command = new Command("inspect", "List the layers of a model.") { model, check, json };
        command.Handle((parse, cancellationToken) =>
        {
            string path = parse.GetRequiredValue(model);
            bool withCheck = parse.GetValue(check);
            if (withCheck && ModelSource.IsCompiled(path))
            {
                throw new UsageException("--check compares with ONNX Runtime, which runs .onnx models only.");
            }

            (IReadOnlyList<Operation> operations, long parameters) = Read(path);
            ExecutorCheck? result = withCheck ? ExecutorCheck.Run(path, cancellationToken) : null;
            Write(operations, parameters, result, parse.GetValue(json));
            return result is { Passed: false } ? ExitStatus.Failed : ExitStatus.Done;
        });
        return command;
    }

    private static (IReadOnlyList<Operation> Operations, long Parameters) Read(string path)
    {
        throw new StableQuantException($"{path}: this build cannot inspect quantized models yet.");
    }

    private static void Write(IReadOnlyList<Operation> operations, long parameters, ExecutorCheck? check, bool json)
    {
        if (json)
        {
            var layers = operations.Select(o => new { o.Name, o.Kind, Shape = OperationShape.Of(o) });
            JsonOutput.Write(check is null
                ? new { layers, parameters }
                : new { layers, parameters, check.MaxDifference, check.MaxLogit, check.Passed });
            return;
        }

        var table = new TextTable("name", "kind", "shape", "inputs");
        foreach (Operation operation in operations)
        {
            table.Add(operation.Name, operation.Kind, string.Join(" × ", OperationShape.Of(operation)), string.Join(" ", operation.Inputs));
        }

        Console.Out.Write(table);
        Console.Out.WriteLine();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{operations.Count} operations, {parameters} parameters"));
        if (check is not null)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"float executor against ONNX Runtime: largest difference {check.MaxDifference:G3}, largest logit {check.MaxLogit:G4}: {(check.Passed ? "they agree" : "THEY DIFFER")}"));
        }
    }
}
