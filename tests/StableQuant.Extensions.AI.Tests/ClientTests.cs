using Microsoft.Extensions.AI;
using StableQuant.Audio;
using StableQuant.Decoding.Search;
using StableQuant.Recognition;
using StableQuant.Streaming;

namespace StableQuant.Extensions.AI.Tests;

/// <summary>Whole recordings.</summary>
public sealed class ClientTests : IDisposable
{
    private static readonly StableQuantSpeechToTextOptions Options = new() { PoolSize = 2, ModelId = "Commands", Language = "en-US" };

    private readonly StableQuantSpeechToTextClient client;
    private int made;

    public ClientTests() => client = new StableQuantSpeechToTextClient(Make, Options);

    public void Dispose() => client.Dispose();

    private Commands Make()
    {
        Interlocked.Increment(ref made);
        return new Commands(16);
    }

    [Fact]
    public async Task Text_words_and_times_are_the_librarys()
    {
        foreach ((string path, string text) in Speech.Recordings)
        {
            using FileStream audio = File.OpenRead(path);
            SpeechToTextResponse response = await client.GetTextAsync(audio);
            Transcription heard = response.RawRepresentation.ShouldBeOfType<Transcription>(), wanted = Speech.Heard(path);
            response.Text.ShouldBe(text);
            heard.Words.ShouldBe(wanted.Words);
            heard.Duration.ShouldBe(wanted.Duration);
            response.StartTime.ShouldBe(TimeSpan.FromSeconds(wanted.Words[0].Start));
            response.EndTime.ShouldBe(TimeSpan.FromSeconds(wanted.Words[^1].End));
            response.ModelId.ShouldBe("Commands");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(16000)]
    [InlineData(48000)]
    public async Task Raw_samples_of_any_rate_say_the_same(int? rate)
    {
        float[] pcm = Resampler.Resample(AudioFile.Load16k(Speech.Recordings[0].Path), 16000, rate ?? 16000);
        using var audio = new MemoryStream(Speech.Raw(pcm));
        (await client.GetTextAsync(audio, RawAt(rate))).Text.ShouldBe(Speech.Recordings[0].Text);
    }

    [Fact]
    public async Task Silence_and_nothing_have_no_text_and_no_times()
    {
        foreach (int samples in new[] { 0, 1, 40000 })
        {
            using var audio = new MemoryStream(new byte[2 * samples]);
            SpeechToTextResponse response = await client.GetTextAsync(audio, RawAt(null));
            response.Text.ShouldBe("");
            response.StartTime.ShouldBeNull();
            response.EndTime.ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_stream_is_read_asynchronously_and_left_open()
    {
        using var audio = new TestStream(await File.ReadAllBytesAsync(Speech.Recordings[1].Path));
        (await client.GetTextAsync(audio)).Text.ShouldBe(Speech.Recordings[1].Text);
        audio.IsDisposed.ShouldBeFalse();
    }

    [Fact]
    public async Task Fifty_calls_over_two_instances_lose_and_mix_up_nothing()
    {
        (string Path, string Text)[] wanted = [.. Enumerable.Range(0, 50).Select(i => Speech.Recordings[i % Speech.Recordings.Length])];
        SpeechToTextResponse[] heard = await Task.WhenAll(wanted.Select(async recording => await client.GetTextAsync(new TestStream(await File.ReadAllBytesAsync(recording.Path)))));
        heard.Select(response => response.Text).ShouldBe(wanted.Select(recording => recording.Text));
        made.ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task A_call_may_bring_its_own_way_of_recognition()
    {
        var request = new SpeechToTextOptions { RawRepresentationFactory = _ => new RecognizerOptions { Search = new SearchOptions { NBest = 3 } } };
        using FileStream audio = File.OpenRead(Speech.Recordings[0].Path);
        SpeechToTextResponse response = await client.GetTextAsync(audio, request);
        response.Text.ShouldBe(Speech.Recordings[0].Text);
        response.RawRepresentation.ShouldBeOfType<Transcription>().Alternatives.Count.ShouldBeInRange(2, 3);
    }

    public static TheoryData<string, SpeechToTextOptions> Refused => new()
    {
        { "ModelId is 'whisper-1'", new() { ModelId = "whisper-1" } },
        { "SpeechLanguage is 'de-DE'", new() { SpeechLanguage = "de-DE" } },
        { "TextLanguage is 'fr'", new() { TextLanguage = "fr" } },
        { "TextLanguage is 'fr'", new() { SpeechLanguage = "en", TextLanguage = "fr" } },
        { "RawRepresentationFactory made a System.String", new() { RawRepresentationFactory = _ => "beam" } },
        { "audio_format is 'mp3'", new() { AdditionalProperties = new() { ["audio_format"] = "mp3" } } },
        { "audio_format is '16'", new() { AdditionalProperties = new() { ["audio_format"] = 16 } } },
        { "SpeechSampleRate is 10", RawAt(10) },
        { "SpeechSampleRate is -1", RawAt(-1) },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_be_done_is_refused_before_anything_is_read(string problem, SpeechToTextOptions request)
    {
        (await Should.ThrowAsync<ArgumentException>(() => client.GetTextAsync(Stream.Null, request))).Message.ShouldContain(problem);
        Should.Throw<ArgumentException>(() => client.GetStreamingTextAsync(Stream.Null, request)).Message.ShouldContain(problem);
        made.ShouldBe(0);
    }

    public static TheoryData<SpeechToTextOptions> Served => new()
    {
        new SpeechToTextOptions { ModelId = "commands" },
        new SpeechToTextOptions { SpeechLanguage = "en" },
        new SpeechToTextOptions { SpeechLanguage = "EN_gb", TextLanguage = "en-US" },
        new SpeechToTextOptions { TextLanguage = "en" },
        new SpeechToTextOptions { SpeechSampleRate = 44100 },
        new SpeechToTextOptions { RawRepresentationFactory = _ => null },
        new SpeechToTextOptions { AdditionalProperties = new() { ["temperature"] = 0.2 } },
    };

    [Theory]
    [MemberData(nameof(Served), DisableDiscoveryEnumeration = true)]
    public async Task What_the_model_does_anyway_may_be_asked_for(SpeechToTextOptions request)
    {
        using FileStream audio = File.OpenRead(Speech.Recordings[0].Path);
        (await client.GetTextAsync(audio, request)).Text.ShouldBe(Speech.Recordings[0].Text);
    }

    [Fact]
    public async Task Where_the_models_language_is_not_known_the_callers_word_counts()
    {
        using var any = new StableQuantSpeechToTextClient(Make);
        using FileStream audio = File.OpenRead(Speech.Recordings[0].Path);
        (await any.GetTextAsync(audio, new SpeechToTextOptions { ModelId = "any", SpeechLanguage = "mi", TextLanguage = "mi-NZ" })).Text.ShouldBe(Speech.Recordings[0].Text);
    }

    [Fact]
    public async Task A_stream_that_breaks_gives_one_error_that_says_where()
    {
        IOException error = await Should.ThrowAsync<IOException>(() => client.GetTextAsync(new TestStream(new byte[5000], TestStream.Ending.Broken)));
        error.Message.ShouldBe("The audio stream broke behind byte 5000: The client is gone.");
        made.ShouldBe(0);
    }

    [Fact]
    public async Task What_is_no_audio_is_refused()
    {
        await Should.ThrowAsync<AudioFormatException>(() => client.GetTextAsync(new MemoryStream("no audio at all, but a text of some length"u8.ToArray())));
        await Should.ThrowAsync<AudioFormatException>(() => client.GetTextAsync(Stream.Null));
    }

    [Fact]
    public async Task Cancelled_calls_end_and_others_go_on()
    {
        using var cancellation = new CancellationTokenSource();
        var silent = new TestStream([], TestStream.Ending.Silent);
        Task<SpeechToTextResponse> cancelled = client.GetTextAsync(silent, cancellationToken: cancellation.Token);
        await silent.Waited.Task;
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        using FileStream audio = File.OpenRead(Speech.Recordings[0].Path);
        (await client.GetTextAsync(audio)).Text.ShouldBe(Speech.Recordings[0].Text);
    }

    [Fact]
    public async Task A_call_waits_for_an_instance_as_long_as_the_options_say()
    {
        using var impatient = new StableQuantSpeechToTextClient(Make, new() { PoolSize = 1, MaxWait = TimeSpan.FromMilliseconds(20) });
        using (await impatient.GetService<RecognizerPool>()!.RentAsync())
        {
            using FileStream waiting = File.OpenRead(Speech.Recordings[0].Path);
            (await Should.ThrowAsync<TimeoutException>(() => impatient.GetTextAsync(waiting))).Message.ShouldContain("within 0.02 s");
        }

        using FileStream audio = File.OpenRead(Speech.Recordings[0].Path);
        (await impatient.GetTextAsync(audio)).Text.ShouldBe(Speech.Recordings[0].Text);
    }

    [Fact]
    public async Task A_model_that_cannot_be_made_does_not_cost_a_place_in_the_pool()
    {
        bool fails = true;
        using var failing = new StableQuantSpeechToTextClient(() => fails ? throw new InvalidDataException("no weights") : new Commands(16), new() { PoolSize = 1 });
        using var raw = new MemoryStream();
        await Should.ThrowAsync<InvalidDataException>(() => failing.GetTextAsync(raw, RawAt(null)));
        fails = false;
        (await failing.GetTextAsync(raw, RawAt(null))).Text.ShouldBe("");
    }

    [Fact]
    public async Task Services_are_the_metadata_the_options_the_pool_and_itself()
    {
        SpeechToTextClientMetadata metadata = client.GetService<SpeechToTextClientMetadata>()!;
        metadata.ProviderName.ShouldBe("stablequant");
        metadata.DefaultModelId.ShouldBe("Commands");
        client.GetService<StableQuantSpeechToTextOptions>().ShouldBeSameAs(Options);
        client.GetService<ISpeechToTextClient>().ShouldBeSameAs(client);
        client.GetService<RecognizerPool>("key").ShouldBeNull();
        client.GetService<HttpClient>().ShouldBeNull();
        RecognizerPool pool = client.GetService<RecognizerPool>()!;
        client.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => pool.RentAsync());
        await Should.ThrowAsync<ObjectDisposedException>(() => client.GetTextAsync(Stream.Null, RawAt(null)));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (StableQuantSpeechToTextOptions options in new StableQuantSpeechToTextOptions[]
        {
            new() { PoolSize = 0 },
            new() { MaxWait = TimeSpan.Zero },
            new() { MaxWait = TimeSpan.FromDays(30) },
            new() { Recognition = new() { Cutting = new() { Detector = new NoSpeech() } } },
        })
        {
            Should.Throw<ArgumentException>(() => new StableQuantSpeechToTextClient(Make, options));
        }
    }

    private static SpeechToTextOptions RawAt(int? rate) => new()
    {
        SpeechSampleRate = rate,
        AdditionalProperties = new() { [StableQuantSpeechToTextClient.AudioFormat] = StableQuantSpeechToTextClient.RawPcm },
    };

    private sealed class NoSpeech : IVoiceActivityDetector
    {
        public int BlockSamples => 160;

        public int Delay => 0;

        public bool IsSpeech(ReadOnlySpan<float> block) => false;

        public void Reset()
        {
        }
    }
}
