using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;

namespace StableQuant.Generator.Tests.Roslyn;

/// <summary>An edit elsewhere costs nothing, and the pipeline keeps nothing of the compilation alive.</summary>
public class IncrementalTests
{
    private const string Declaration = """
        /// <summary>A model.</summary>
        [StableQuant.StableQuantModel("tiny.sqmodel")]
        public sealed partial class Ears;
        """;

    private static readonly string Text = TinyModel.Text(TinyModel.EveryKind());

    [Fact]
    public void An_edit_elsewhere_runs_no_step_again()
    {
        var driving = new Driving(Declaration, ("/src/tiny.sqmodel", Text), ("/src/other.sqmodel", Text));
        driving.AddSource("namespace Elsewhere; internal static class Unrelated { internal const int Answer = 42; }");
        foreach (string step in Driving.Steps)
        {
            driving.Result.TrackedSteps[step].SelectMany(s => s.Outputs).ShouldNotBeEmpty(step);
        }

        driving.Result.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs).ShouldAllBe(output => output.Reason == IncrementalStepRunReason.Cached);
        driving.Result.GeneratedSources.Length.ShouldBe(2 * ModelCompiler.Compile(Text, ClassTarget.For("tiny.sqmodel"), out _).Count);
    }

    [Fact]
    public void A_new_class_for_a_model_compiles_that_model_alone_again()
    {
        var driving = new Driving("", ("/src/tiny.sqmodel", Text), ("/src/other.sqmodel", Text));
        driving.AddSource(Declaration);
        driving.Result.TrackedSteps["Compiled"].SelectMany(s => s.Outputs).Select(o => o.Reason)
            .ShouldBe([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged], ignoreOrder: true);
    }

    [Fact]
    public void A_full_size_model_compiles_and_an_edit_elsewhere_leaves_it_alone()
    {
        var driving = new Driving(Declaration, ("/src/tiny.sqmodel", TinyModel.Text(TinyModel.FullSize())));
        driving.Diagnostics.ShouldBeEmpty();
        driving.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Cancellation_ends_the_work()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Should.Throw<OperationCanceledException>(() => ModelCompiler.Compile(Text, ClassTarget.For("tiny.sqmodel"), out _, source.Token));
    }

    [Fact]
    public void No_step_holds_symbols_syntax_or_compilations()
    {
        var driving = new Driving(Declaration, ("/src/tiny.sqmodel", Text), ("/src/broken.sqmodel", "sqmodel 9"));
        foreach (string step in Driving.Steps)
        {
            IEnumerable<object> outputs = driving.Result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Value);
            outputs.ShouldNotBeEmpty();
            foreach (object output in outputs)
            {
                Walk(output, [], step);
            }
        }
    }

    private static void Walk(object? value, HashSet<object> seen, string path)
    {
        if (value is null or string || value.GetType().IsPrimitive || value.GetType().IsEnum || !seen.Add(value))
        {
            return;
        }

        (value is ISymbol or SyntaxNode or SyntaxTree or Compilation or SemanticModel or Location or Diagnostic or AdditionalText or Delegate).ShouldBeFalse($"{path} is a {value.GetType()}");
        if (value is IEnumerable items)
        {
            foreach (object? item in items)
            {
                Walk(item, seen, path + "[]");
            }
        }

        foreach (FieldInfo field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            Walk(field.GetValue(value), seen, $"{path}.{field.Name}");
        }
    }
}
