using StableQuant.Generator.Diagnostics;
using StableQuant.Graph;

namespace StableQuant.Generator.Parse;

/// <summary>A model that cannot be made beside another one.</summary>
/// <param name="Path">The description's path.</param>
/// <param name="Finding">What the two have in common.</param>
internal sealed record Conflict(string Path, Finding Finding)
{
    /// <summary>All models that share a file name, or else a class, with another one.</summary>
    /// <param name="models">Each description's path, and the class that it becomes; empty where it becomes none.</param>
    public static EquatableArray<Conflict> Find(IReadOnlyList<(string Path, string Class)> models)
    {
        var conflicts = new List<Conflict>();
        for (int i = 0; i < models.Count; i++)
        {
            (string path, string type) = models[i];
            string name = DescriptionFile.NameOf(path);
            IEnumerable<(string Path, string Class)> others = models.Where((_, other) => other != i);

            // Without regard to case, because a compiler takes generated files' names so.
            if (others.FirstOrDefault(o => Same(DescriptionFile.NameOf(o.Path), name)).Path is { } namesake)
            {
                conflicts.Add(new(path, new(Descriptors.DuplicateFileName, Place.StartOf(path), name, namesake)));
            }
            else if (type.Length > 0 && others.FirstOrDefault(o => Same(o.Class, type)).Path is { } rival)
            {
                conflicts.Add(new(path, new(Descriptors.DuplicateClass, Place.StartOf(path), name, type, DescriptionFile.NameOf(rival))));
            }
        }

        return new(conflicts);
    }

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
