using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.AI;
using StableQuant;
using StableQuant.Extensions.AI;

#pragma warning disable IDE0130 // Where programs that register services find it without another using.
namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Registers a <see cref="StableQuantSpeechToTextClient"/> as the <see cref="ISpeechToTextClient"/>, one for the program. The builder that comes back takes what
/// lies around it: <c>.UseLogging().UseOpenTelemetry()</c>.
/// </summary>
public static class StableQuantServiceCollectionExtensions
{
    /// <summary>Registers a model.</summary>
    /// <typeparam name="TModel">The generated class. Instances take the longest utterance of the options and one thread each.</typeparam>
    /// <param name="services">The program's services.</param>
    /// <param name="options">How calls are served; null for the defaults.</param>
    /// <returns>The pipeline's builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or the class has no constructor that generated classes have.</exception>
    public static SpeechToTextClientBuilder AddStableQuantSpeechToText<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TModel>(
        this IServiceCollection services, StableQuantSpeechToTextOptions? options = null)
        where TModel : class, ISpeechModel =>
        services.AddStableQuantSpeechToText(Constructor<TModel>(options), options);

    /// <summary>Registers a model whose instances a function makes.</summary>
    /// <typeparam name="TModel">The generated class, whose name is the model's where the options have none.</typeparam>
    /// <param name="services">The program's services.</param>
    /// <param name="make">Makes an instance, on any thread: <c>() => new Commands(maxSeconds: 16, threads: 2)</c>.</param>
    /// <param name="options">How calls are served; null for the defaults.</param>
    /// <returns>The pipeline's builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static SpeechToTextClientBuilder AddStableQuantSpeechToText<TModel>(
        this IServiceCollection services, Func<TModel> make, StableQuantSpeechToTextOptions? options = null)
        where TModel : class, ISpeechModel
    {
        ArgumentNullException.ThrowIfNull(make);
        StableQuantSpeechToTextOptions named = Named<TModel>(options);
        return services.AddSpeechToTextClient(_ => new StableQuantSpeechToTextClient(make, named));
    }

    /// <summary>Registers a model under a key, for programs that have several.</summary>
    /// <typeparam name="TModel">The generated class. Instances take the longest utterance of the options and one thread each.</typeparam>
    /// <param name="services">The program's services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="options">How calls are served; null for the defaults.</param>
    /// <returns>The pipeline's builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or the class has no constructor that generated classes have.</exception>
    public static SpeechToTextClientBuilder AddKeyedStableQuantSpeechToText<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TModel>(
        this IServiceCollection services, object? serviceKey, StableQuantSpeechToTextOptions? options = null)
        where TModel : class, ISpeechModel =>
        services.AddKeyedStableQuantSpeechToText(serviceKey, Constructor<TModel>(options), options);

    /// <summary>Registers a model whose instances a function makes, under a key.</summary>
    /// <typeparam name="TModel">The generated class, whose name is the model's where the options have none.</typeparam>
    /// <param name="services">The program's services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="make">Makes an instance, on any thread.</param>
    /// <param name="options">How calls are served; null for the defaults.</param>
    /// <returns>The pipeline's builder.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static SpeechToTextClientBuilder AddKeyedStableQuantSpeechToText<TModel>(
        this IServiceCollection services, object? serviceKey, Func<TModel> make, StableQuantSpeechToTextOptions? options = null)
        where TModel : class, ISpeechModel
    {
        ArgumentNullException.ThrowIfNull(make);
        StableQuantSpeechToTextOptions named = Named<TModel>(options);
        return services.AddKeyedSpeechToTextClient(serviceKey, _ => new StableQuantSpeechToTextClient(make, named));
    }

    // Where it is registered, mistakes are found when the program starts.
    private static StableQuantSpeechToTextOptions Named<TModel>(StableQuantSpeechToTextOptions? options)
    {
        options ??= new StableQuantSpeechToTextOptions();
        options.Check();
        return options with { ModelId = options.ModelId ?? typeof(TModel).Name };
    }

    // The constructor of generated classes has optional parameters, which the constraint new() does not take. Trimming keeps it, as the
    // type parameter says that it is looked for.
    private static Func<TModel> Constructor<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TModel>(StableQuantSpeechToTextOptions? options)
        where TModel : class, ISpeechModel
    {
        ConstructorInfo constructor = typeof(TModel).GetConstructor([typeof(double), typeof(int)])
            ?? throw new ArgumentException($"{typeof(TModel)} has no constructor (double maxSeconds, int threads), as generated classes have. Register it with a function that makes instances.");
        double maxSeconds = (options ?? new StableQuantSpeechToTextOptions()).Recognition.Cutting.MaxUtterance.TotalSeconds;
        return () => (TModel)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, [maxSeconds, 1], null);
    }
}
