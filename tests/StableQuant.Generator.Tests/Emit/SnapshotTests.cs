using System.Runtime.CompilerServices;
using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Generator.Tests.Emit;

/// <summary>The generated code of one model for each kind of layer, as approved: read the diff of the .approved.txt.</summary>
public class SnapshotTests
{
    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Audio() => Generated(TinyModel.Audio()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Linear() => Generated(TinyModel.Linear()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Grouped() => Generated(TinyModel.Grouped()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Kept() => Generated(TinyModel.Kept()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Dithered() => Generated(TinyModel.Dithered()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Indexed() => Generated(TinyModel.Indexed()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Gated() => Generated(TinyModel.Gated()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Squeezed() => Generated(TinyModel.Squeezed()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Subsampled() => Generated(TinyModel.Subsampled()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Classes() => Generated(TinyModel.Classes()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Embedding() => Generated(TinyModel.Embedding()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Features() => Generated(TinyModel.Features()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void LayerNorm() => Generated(TinyModel.LayerNorm()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Attention() => Generated(TinyModel.Attention()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void BiasedAttention() => Generated(TinyModel.BiasedAttention()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void RelativeAttention() => Generated(TinyModel.RelativeAttention()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void RelativeKeyAttention() => Generated(TinyModel.RelativeKeyAttention()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Float() => Generated(TinyModel.Float()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void GroupNorm() => Generated(TinyModel.GroupNorm()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Elementwise() => Generated(TinyModel.Elementwise()).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    [Fact]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Mounted() => Generated(TinyModel.Kept(), WeightsPlace.Mounted).ShouldMatchApproved(c => c.NoDiff().DoNotIgnoreLineEndings());

    private static string Generated(ModelDescription model, WeightsPlace place = WeightsPlace.Embedded)
    {
        IReadOnlyList<GeneratedFile> files = ModelCompiler.Compile(TinyModel.Text(model), ClassTarget.For("tiny.sqmodel") with { Place = place }, out DescriptionError? error);
        error.ShouldBeNull();
        string text = string.Concat(files.Select(file => $"// ---- {file.Name}\n{file.Text}"));
        text.ShouldNotContain('\r');
        return text;
    }
}
