using System.Reflection;
using System.Runtime.CompilerServices;

namespace StableQuant.Package.Tests.Safety;

/// <summary>
/// The runtime's public members that follow addresses although safe code can call them: their signatures have no pointer, for which C#
/// would want <c>unsafe</c>, but they belong to a type that holds one, or take one. Safe code has no value of such a type but the
/// default one.
/// </summary>
internal static class SafeCalls
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly int[] Numbers = [0, 1, -1, 4, 15, 16, 17, 255, 1 << 20, 1 << 30, (1 << 30) + 1, int.MaxValue, int.MaxValue - 63, int.MinValue];

    /// <summary>All of them.</summary>
    public static MethodBase[] All { get; } =
    [
        // C# makes a delegate of a method, never of an address.
        .. typeof(SpeechModel).Assembly.GetExportedTypes().Where(type => !type.IsSubclassOf(typeof(Delegate))).SelectMany(type => type.GetMembers(Declared).OfType<MethodBase>()
            .Where(method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly)
            .Where(method => !Signature(method).Any(IsPointer))
            .Where(method => Signature(method).Any(t => Holds(t)) || (Holds(type) && !method.IsStatic && !method.IsConstructor))),
    ];

    /// <summary>Calls each of them with default values and numbers of every size. Only an exception may come of it.</summary>
    public static void Try(int seed)
    {
        var random = new Random(seed);
        foreach (MethodBase method in All)
        {
            for (int i = 0; i < 2000; i++)
            {
                object? target = method.IsStatic ? null : RuntimeHelpers.GetUninitializedObject(method.DeclaringType!);
                object?[] arguments = [.. method.GetParameters().Select(p => p.ParameterType == typeof(int) ? Numbers[random.Next(Numbers.Length)] : Default(p.ParameterType))];
                try
                {
                    method.Invoke(target, arguments);
                }
                catch (TargetInvocationException)
                {
                    // As good as nothing done.
                }
            }
        }
    }

    private static object? Default(Type type) => RuntimeHelpers.GetUninitializedObject(type.IsByRef ? type.GetElementType()! : type);

    private static IEnumerable<Type> Signature(MethodBase method) =>
        method.GetParameters().Select(p => p.ParameterType).Append(method is MethodInfo { ReturnType: var result } ? result : typeof(void));

    private static bool IsPointer(Type type) => type.IsPointer || type.IsFunctionPointer || (type.HasElementType && IsPointer(type.GetElementType()!));

    /// <summary>Whether a value type has an address in it.</summary>
    private static bool Holds(Type type) =>
        IsPointer(type) || type == typeof(nint) || type == typeof(nuint)
        || (type.IsByRef && Holds(type.GetElementType()!))
        || (type is { IsValueType: true, IsPrimitive: false, IsEnum: false } && type.Assembly == typeof(SpeechModel).Assembly
            && type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).Any(field => Holds(field.FieldType)));
}
