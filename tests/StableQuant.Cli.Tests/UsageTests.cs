namespace StableQuant.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("--help", "calibrate", "evaluate", "transcribe", "inspect", "emit")]
    [InlineData("calibrate --help", "--data", "--output", "--method", "--percentile", "--vocab", "--holdout", "--report", "--threads", "--json")]
    [InlineData("compare --help", "--data", "--holdout", "--vocab", "--report", "--threads", "--json")]
    [InlineData("evaluate --help", "--data", "--reference", "--vocab", "--threads", "--json")]
    [InlineData("transcribe --help", "<FILE>", "--vocab", "--threads", "--json")]
    [InlineData("inspect --help", "--check", "--json")]
    [InlineData("emit --help", "--output", "--json")]
    public void Help_lists_what_there_is(string commandLine, params string[] listed)
    {
        Tool.Outcome outcome = Tool.Run(commandLine.Split(' '));
        outcome.Status.ShouldBe(Tool.Done);
        outcome.Error.ShouldBeEmpty();
        Array.ForEach(listed, name => outcome.Output.ShouldContain(name));
    }

    [Theory]
    [InlineData("", "command")]
    [InlineData("frobnicate", "frobnicate")]
    [InlineData("evaluate", "--data")]
    [InlineData("evaluate model.onnx --data x --threads 0", "--threads takes 1 to")]
    [InlineData("evaluate model.onnx --data x --threads many", "many")]
    [InlineData("evaluate model.txt --data x", "ends in .sqmodel or .onnx")]
    [InlineData("evaluate model.onnx --data x --reference y.sqmodel", "takes a float model, an .onnx or a folder")]
    [InlineData("evaluate model.onnx --data x --frobnicate", "--frobnicate")]
    [InlineData("transcribe model.onnx", "transcribe")]
    [InlineData("inspect model.sqmodel --check", "--check")]
    [InlineData("emit model.onnx -o folder", "ends in .sqmodel")]
    [InlineData("emit model.sqmodel", "--output")]
    [InlineData("calibrate model.onnx --data x", "--output")]
    [InlineData("calibrate model.onnx --data x -o y.onnx", "ends in .sqmodel")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --method guess", "there are stablequant, max, percentile, entropy, mse")]
    [InlineData("calibrate model.onnx -o y.sqmodel", "--data")]
    [InlineData("calibrate model.sqmodel --data x -o y.sqmodel", "ends in .onnx")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --threads 0", "--threads takes 1 to")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --outliers guess", "guess")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --report y.pdf", "ends in .html")]
    [InlineData("compare model.onnx --data x --report y", "ends in .html")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --percentile many", "many")]
    [InlineData("emit model.sqmodel -o folder --namespace 1x", "is not a namespace")]
    public void Wrong_usage_is_one_line_that_points_to_the_help(string commandLine, string says)
    {
        string error = Tool.Run(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ShouldFail(Tool.WrongUsage);
        error.ShouldContain(says);
        error.ShouldContain("--help");
    }

    [Theory]
    [InlineData("--method", "max", "--percentile", "99", "belongs to --method percentile")]
    [InlineData("--method", "percentile", "--percentile", "101", "at most 100")]
    public void A_percentile_must_make_sense(params string[] options)
    {
        string[] calibrate = ["calibrate", Tool.Data("tiny-hubert.onnx"), "--data", Tool.Data("speech.tsv"), "-o", "never.sqmodel"];
        Tool.Run([.. calibrate, .. options[..^1]]).ShouldFail(Tool.WrongUsage).ShouldContain(options[^1]);
    }
}
