using FsCheck;
using FsCheck.Fluent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StableQuant.Graph;
using StableQuant.Graph.Text;
using StableQuant.Graph.Validation;

namespace StableQuant.Generator.Tests.Text;

/// <summary>A description may come from anywhere: nothing in it breaks the reader, or out of the generated code's comments and literals.</summary>
public class HostileTextTests
{
    private static readonly ClassTarget Target = new("Some.Space", "Tiny", "public", "tiny.sqweights");

    private static readonly Gen<string> Hostile = Gen.OneOf(
        Gen.Elements(
            "\n", "\r", "\u2028", "\u2029", "\u0085", "\f", "\0", "\uFEFF", "\"", "\\", "\\u0022", "*/", "/*", "//", "</summary>", "<!--", "&", "&amp;", "]]>", "{", "}", "{{", "$", "#if", "\n#error no\n",
            "\");", "\ud800", "\udc00", "é", "日本", " ", "  ", "=", "a=b", "'", "class X {}", "\u202e", "\"\"\"", ";", "\t"),
        Gen.Choose(0, 0xFFFF).Select(i => ((char)i).ToString())).ArrayOf().Select(string.Concat);

    [Fact]
    public void Hostile_texts_come_back_unchanged_and_never_leave_their_literals_and_comments()
    {
        string[] plain = CodeTokens(TinyModel.Text(TinyModel.EveryKind()));
        Check(
            from name in Hostile
            from source in Hostile
            from first in Hostile
            from second in Hostile
            from method in Hostile
            select (name, source, first, second, method),
            texts =>
            {
                ModelDescription model = TinyModel.EveryKind();
                model = model with
                {
                    Name = texts.name,
                    Head = (Vocabulary)model.Head with { Tokens = new(((string[])["<pad>", texts.first, texts.second, texts.first + texts.second, "C"]).Select(Token)) },
                    Receipt = model.Receipt with { Method = texts.method },
                    Operations = new(model.Operations.Select(o => o is Quantize q ? q with { Why = texts.source } : o with { Source = texts.source })),
                };
                string text = DescriptionWriter.Write(model);
                DescriptionReader.Read(text, out DescriptionError? error).ShouldBe(model);
                error.ShouldBeNull();
                CodeTokens(text, ((Vocabulary)model.Head).Tokens).ShouldBe(plain);
            },
            tests: 150);
    }

    [Theory]
    [InlineData("\u001b]0;x\u0007")]
    [InlineData("a\nb")]
    [InlineData("\u0085")]
    [InlineData("\u2028")]
    [InlineData("a\u202eb")]
    [InlineData("\u2066")]
    public void A_token_that_controls_a_terminal_or_is_no_text_is_refused(string token)
    {
        ModelDescription model = TinyModel.EveryKind();
        string text = DescriptionWriter.Write(model with { Head = (Vocabulary)model.Head with { Tokens = new(["<pad>", "|", token, "B", "C"]) } });
        DescriptionReader.Read(text, out DescriptionError? error).ShouldBeNull();
        error!.Message.ShouldBe("Token 2 holds a character that controls a terminal or is none; a token is text.");
        (error.Line, error.Column).ShouldBe(Places.Of(text, text.IndexOf("vocabulary", StringComparison.Ordinal)));
        PlainText.IsPlain(PlainText.Of(token)).ShouldBeTrue();
    }

    // Attributes cannot hold such texts.
    [Fact]
    public void Halves_of_a_surrogate_pair_are_no_text()
    {
        A_token_that_controls_a_terminal_or_is_no_text_is_refused("\ud800");
        A_token_that_controls_a_terminal_or_is_no_text_is_refused("\udc00\ud800");
    }

    [Theory]
    [InlineData("日本")]
    [InlineData("é")]
    [InlineData("\U0001F600")]
    [InlineData("क्‍ष")]
    [InlineData("\u200f")]
    [InlineData("<s>")]
    [InlineData("▁WORD")]
    public void Text_of_any_language_is_plain(string text) => PlainText.Of(text).ShouldBe(text);

    [Theory]
    [InlineData("run")]
    [InlineData("network")]
    [InlineData("tPath")]
    [InlineData("methodImplOptions")]
    [InlineData("linear16To5F32")]
    [InlineData("toString")]
    [InlineData("a.b")]
    [InlineData("work")]
    public void An_operation_may_have_any_name_that_the_format_allows(string name)
    {
        string text = TinyModel.Text(TinyModel.EveryKind())
            .Replace("position", name, StringComparison.Ordinal).Replace("attention.u8", "aB.u8", StringComparison.Ordinal).Replace("attention =", "aB =", StringComparison.Ordinal).Replace("quantize attention", "quantize aB", StringComparison.Ordinal)
            .Replace("attention.s8", "aB.s8", StringComparison.Ordinal).Replace("aB.s8 attention heads", "aB.s8 aB heads", StringComparison.Ordinal);
        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(text, Target, out DescriptionError? error);
        error.ShouldBeNull();
        Compiling.Problems(files).ShouldBeEmpty();
    }

    [Fact]
    [Trait("Ring", "Full")]
    public void Any_edit_of_one_character_reads_or_gives_an_error_with_its_place()
    {
        string valid = TinyModel.Text(TinyModel.EveryKind());
        Gen<string> piece = Gen.OneOf(
            Gen.Elements("", "", " ", "\"", "\\", "=", "\n", "\r", "0", "9", "-", ".", "u", "8", "x", "E", "\u2028", "\0"),
            Gen.Choose(32, 126).Select(i => ((char)i).ToString()));
        int read = 0;
        int refused = 0;
        Check(
            from position in Gen.Choose(0, valid.Length - 1)
            from length in Gen.Choose(0, 1)
            from insert in piece
            select valid[..position] + insert + valid[(position + length)..],
            edited =>
            {
                ModelDescription? model = DescriptionReader.Read(edited, out DescriptionError? error);
                if (model is null)
                {
                    refused++;
                    Places.ShouldBeInside(error.ShouldNotBeNull(), edited);
                    return;
                }

                read++;
                error.ShouldBeNull();
                string canonical = DescriptionWriter.Write(model);
                DescriptionWriter.Write(DescriptionReader.Read(canonical, out _).ShouldNotBeNull()).ShouldBe(canonical);
                CodeTokens(edited).ShouldNotBeEmpty();
            },
            tests: 2500);
        read.ShouldBeGreaterThan(200);
        refused.ShouldBeGreaterThan(200);
    }

    /// <summary>All tokens of the generated code but the literals' own text; fails where it is no C#, or a comment is no XML.</summary>
    private static string[] CodeTokens(string description, IEnumerable<string>? vocabulary = null)
    {
        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(description, Target, out DescriptionError? error);
        error.ShouldBeNull();
        var tokens = new List<string>();
        foreach (GeneratedFile file in files)
        {
            file.Text.ShouldNotContain('\r');
            SyntaxTree tree = CSharpSyntaxTree.ParseText(file.Text, new CSharpParseOptions(LanguageVersion.Latest, DocumentationMode.Diagnose));
            tree.GetDiagnostics().ShouldBeEmpty();
            SyntaxNode root = tree.GetRoot();
            tokens.AddRange(root.DescendantTokens().Select(t => t.IsKind(SyntaxKind.StringLiteralToken) ? "text" : t.Text));
            if (vocabulary is not null && file.Name == "Tiny.g.cs" && root.DescendantNodes().OfType<CollectionExpressionSyntax>().FirstOrDefault() is { } list)
            {
                list.DescendantNodes().OfType<LiteralExpressionSyntax>().Select(l => l.Token.ValueText).ShouldBe(vocabulary);
            }
        }

        return [.. tokens];
    }

    // A token is plain text of some length.
    private static string Token(string text) => PlainText.Of(text[..Math.Min(text.Length, GraphLimits.MaxToken)]);

    private static void Check<T>(Gen<T> values, Action<T> property, int tests) => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(tests).WithReplay(20261122UL, 33UL),
        Prop.ForAll(values.ToArbitrary(), property));
}
