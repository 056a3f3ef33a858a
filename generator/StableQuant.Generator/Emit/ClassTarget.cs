namespace StableQuant.Generator;

/// <summary>The class that a model becomes.</summary>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Name">Its name, a valid C# identifier.</param>
/// <param name="Accessibility"><c>public</c> or <c>internal</c>.</param>
/// <param name="WeightsResource">Name of the manifest resource that holds the weights.</param>
public sealed record ClassTarget(string Namespace, string Name, string Accessibility, string WeightsResource);
