namespace StableQuant.Cli.Tests;

public sealed class UsageTests
{
    [Fact]
    public void The_name_alone_shows_what_there_is()
    {
        Tool.Outcome bare = Tool.Run();
        bare.Status.ShouldBe(Tool.Done);
        bare.Error.ShouldBeEmpty();
        bare.Output.ShouldBe(Tool.Run("--help").Output);
    }

    [Theory]
    [InlineData("evalaute model.onnx --data x", "There is no command 'evalaute'. Did you mean evaluate?")]
    [InlineData("Transcribe model.onnx x.wav", "Did you mean transcribe?")]
    [InlineData("calbrate", "Did you mean calibrate?")]
    [InlineData("evaluate model.onnx --dta x", "Did you mean --data?")]
    [InlineData("evaluate model.onnx --data x --theads=3", "Did you mean --threads?")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --weight-bit 7", "Did you mean --weight-bits?")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --method stabelquant", "Did you mean stablequant?")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --method Entropy", "Did you mean entropy?")]
    public void What_is_misspelt_is_answered_with_what_it_may_have_meant(string commandLine, string says) =>
        Tool.Run(commandLine.Split(' ')).ShouldFail(Tool.WrongUsage).ShouldContain(says);

    [Theory]
    [InlineData("xyz")]
    [InlineData("evaluate model.onnx --data x --frobnicate")]
    [InlineData("calibrate model.onnx --data x -o y.sqmodel --method guess")]
    public void What_is_like_nothing_gets_no_guess(string commandLine) =>
        Tool.Run(commandLine.Split(' ')).ShouldFail(Tool.WrongUsage).ShouldNotContain("Did you mean");

    [Theory]
    [InlineData("--help", "calibrate", "evaluate", "transcribe", "inspect", "emit")]
    [InlineData("calibrate --help", "--data", "--output", "--method", "--percentile", "--vocab", "--holdout", "--report", "--threads", "--json")]
    [InlineData("compare --help", "--data", "--holdout", "--vocab", "--report", "--threads", "--json")]
    [InlineData("prove --help", "--data", "--calibration-data", "--output", "--rare", "--vocab", "--threads", "--json")]
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
