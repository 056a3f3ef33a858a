using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StableQuant.Decoding;
using StableQuant.Recognition;

namespace StableQuant.Extensions.AI.Tests;

/// <summary>The client among a program's services, with logging and telemetry around it.</summary>
public sealed class PipelineTests
{
    [Fact]
    public async Task A_registered_model_is_the_programs_client()
    {
        var services = new ServiceCollection();
        services.AddStableQuantSpeechToText<Commands>(new() { PoolSize = 1 });
        RecognizerPool pool;
        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            ISpeechToTextClient client = provider.GetRequiredService<ISpeechToTextClient>();
            provider.GetRequiredService<ISpeechToTextClient>().ShouldBeSameAs(client);
            SpeechToTextResponse response = await Transcribe(client);
            response.Text.ShouldBe(Speech.Recordings[0].Text);
            response.ModelId.ShouldBe(nameof(Commands));
            pool = client.GetService<RecognizerPool>()!;

            // As long as the longest utterance of the options, and no longer.
            using RecognizerLease lease = await pool.RentAsync();
            lease.Model.ShouldBeOfType<Commands>().MaxSamples.ShouldBe(16 * 16000);
        }

        await Should.ThrowAsync<ObjectDisposedException>(() => pool.RentAsync());
    }

    [Fact]
    public async Task Models_may_have_keys_and_functions_that_make_them()
    {
        var services = new ServiceCollection();
        services.AddKeyedStableQuantSpeechToText<Commands>("one");
        services.AddKeyedStableQuantSpeechToText("two", () => new Commands(20), new() { ModelId = "second" });
        services.AddStableQuantSpeechToText(() => new Commands(5, threads: 2), new() { PoolSize = 1 });
        await using ServiceProvider provider = services.BuildServiceProvider();
        foreach ((object? key, string id) in new (object?, string)[] { ("one", nameof(Commands)), ("two", "second"), (null, nameof(Commands)) })
        {
            SpeechToTextResponse response = await Transcribe(provider.GetRequiredKeyedService<ISpeechToTextClient>(key));
            response.Text.ShouldBe(Speech.Recordings[0].Text);
            response.ModelId.ShouldBe(id);
        }
    }

    [Fact]
    public async Task Logging_and_telemetry_see_calls_streams_and_failures()
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == nameof(PipelineTests),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var log = new MemoryLog();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        services.AddStableQuantSpeechToText<Commands>(new() { PoolSize = 1 }).UseLogging().UseOpenTelemetry(sourceName: nameof(PipelineTests));
        await using ServiceProvider provider = services.BuildServiceProvider();
        ISpeechToTextClient client = provider.GetRequiredService<ISpeechToTextClient>();

        (await Transcribe(client)).Text.ShouldBe(Speech.Recordings[0].Text);
        using (FileStream audio = File.OpenRead(Speech.Recordings[0].Path))
        {
            (await client.GetStreamingTextAsync(audio).ToSpeechToTextResponseAsync()).Text.ShouldBe(Speech.Recordings[0].Text);
        }

        await Should.ThrowAsync<ArgumentException>(() => client.GetTextAsync(Stream.Null, new SpeechToTextOptions { ModelId = "other" }));

        activities.Count.ShouldBe(3);
        activities.ShouldAllBe(activity => (string?)activity.GetTagItem("gen_ai.provider.name") == "stablequant");
        activities.Select(activity => (string?)activity.GetTagItem("gen_ai.request.model")).ShouldBe(["Commands", "Commands", "other"]);
        activities.Select(activity => (string?)activity.GetTagItem("gen_ai.response.model")).ShouldBe(["Commands", "Commands", null]);
        activities.Select(activity => activity.Status).ShouldBe([ActivityStatusCode.Unset, ActivityStatusCode.Unset, ActivityStatusCode.Error]);
        log.Lines.ShouldContain(line => line.StartsWith("Trace GetTextAsync completed", StringComparison.Ordinal) && line.Contains(Speech.Recordings[0].Text, StringComparison.Ordinal));
        log.Lines.ShouldContain(line => line.StartsWith("Trace GetStreamingTextAsync received update", StringComparison.Ordinal) && line.Contains(Speech.Recordings[0].Text, StringComparison.Ordinal));
        log.Lines.ShouldContain("Error GetTextAsync failed.");
    }

    [Fact]
    public void Mistakes_are_found_when_the_program_starts()
    {
        var services = new ServiceCollection();
        Should.Throw<ArgumentException>(() => services.AddStableQuantSpeechToText<HandMade>()).Message.ShouldContain("HandMade has no constructor (double maxSeconds, int threads)");
        Should.Throw<ArgumentException>(() => services.AddStableQuantSpeechToText<Commands>(new() { PoolSize = 0 })).Message.ShouldContain("PoolSize is 0");
        services.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_constructor_throws_is_what_a_call_throws()
    {
        var services = new ServiceCollection();

        // An hour is the most.
        services.AddStableQuantSpeechToText<Commands>(new() { Recognition = new() { Cutting = new() { MaxUtterance = TimeSpan.FromHours(2) } } });
        await using ServiceProvider provider = services.BuildServiceProvider();
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => Transcribe(provider.GetRequiredService<ISpeechToTextClient>()));
    }

    private static async Task<SpeechToTextResponse> Transcribe(ISpeechToTextClient client)
    {
        using FileStream audio = File.OpenRead(Speech.Recordings[0].Path);
        return await client.GetTextAsync(audio);
    }

    private sealed class MemoryLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }

    private sealed class HandMade : ISpeechModel
    {
        public int SampleRate => 16000;

        public int MaxSamples => 16000;

        public int MinSamples => 400;

        public int SamplesPerFrame => 320;

        public CtcVocabulary Vocabulary => throw new NotSupportedException();

        public int VocabularySize => 32;

        public string Kernels => "none";

        public int FrameCount(int samples) => throw new NotSupportedException();

        public int Logits(ReadOnlySpan<float> pcm16k, Span<float> logits) => throw new NotSupportedException();

        public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text) => throw new NotSupportedException();

        public int MaxTextLength(int samples) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
