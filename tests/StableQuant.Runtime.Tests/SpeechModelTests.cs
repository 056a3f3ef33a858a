using StableQuant.Decoding;
using StableQuant.FrontEnd;
using StableQuant.Kernels;

namespace StableQuant.Runtime.Tests;

/// <summary>What every compiled model inherits: limits and messages.</summary>
public unsafe class SpeechModelTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(0.024)]
    [InlineData(3600.1)]
    public void A_limit_out_of_range_is_refused_by_name(double maxSeconds)
    {
        var exception = Should.Throw<ArgumentOutOfRangeException>(() => new Levels(maxSeconds));
        exception.ParamName.ShouldBe("maxSeconds");
        exception.Message.ShouldContain("0.025 to 3600");
    }

    [Fact]
    public void The_shortest_and_the_longest_limit_are_accepted()
    {
        using var shortest = new Levels(0.025);
        shortest.MaxSamples.ShouldBe(400);
        using var longest = new Levels(3600);
        longest.MaxSamples.ShouldBe(57_600_000);
    }

    [Fact]
    public void More_logits_than_one_span_can_hold_are_refused_at_once() =>
        Should.Throw<ArgumentException>(() => new Levels(3600, moreTokens: 20000)).Message.ShouldContain("use a smaller maxSeconds");

    [Fact]
    public void Too_short_an_utterance_is_refused_with_what_it_takes()
    {
        using var model = new Levels(1);
        Should.Throw<ArgumentException>(() => model.Logits(new float[399], new float[100])).Message.ShouldContain("399 samples; the model needs at least 400 (25 ms)");
        Should.Throw<ArgumentException>(() => model.Transcribe([], new char[100])).Message.ShouldContain("0 samples");
    }

    [Fact]
    public void Too_long_an_utterance_is_refused_with_the_limit_and_the_mend()
    {
        using var model = new Levels(0.5);
        string message = Should.Throw<ArgumentException>(() => model.Logits(new float[8001], new float[1000])).Message;
        message.ShouldContain("8001 samples (0.5 s)");
        message.ShouldContain("accepts 8000 (maxSeconds: 0.5)");
        message.ShouldContain("larger maxSeconds");
        model.Logits(new float[8000], new float[1000]).ShouldBe(20);
    }

    [Fact]
    public void Messages_do_not_depend_on_the_culture()
    {
        System.Globalization.CultureInfo before = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            var comma = (System.Globalization.CultureInfo)System.Globalization.CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            System.Globalization.CultureInfo.CurrentCulture = comma;
            Too_long_an_utterance_is_refused_with_the_limit_and_the_mend();
            A_limit_out_of_range_is_refused_by_name(0);
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Too_little_room_is_refused_with_the_room_it_takes()
    {
        using var model = new Levels(1);
        Should.Throw<ArgumentException>(() => model.Logits(new float[800], new float[5])).Message.ShouldContain("800 samples are 6 values; there is room for 5");
        Should.Throw<ArgumentException>(() => model.Transcribe(Loud(800), [])).ParamName.ShouldBe("text");
    }

    [Fact]
    public void A_sample_that_is_not_finite_is_refused_and_the_instance_stays_usable()
    {
        using var model = new Levels(1);
        float[] pcm = Loud(800);
        pcm[5] = float.NaN;
        Should.Throw<ArgumentException>(() => model.Logits(pcm, new float[6])).Message.ShouldContain("Sample 5 ");
        pcm[5] = 0;
        model.Logits(pcm, new float[6]).ShouldBe(2);
    }

    [Fact]
    public void A_disposed_instance_says_so_and_may_be_disposed_again()
    {
        var model = new Levels(1);
        model.Dispose();
        model.Dispose();
        Should.Throw<ObjectDisposedException>(() => model.Logits(new float[800], new float[6]));
        Should.Throw<ObjectDisposedException>(() => model.Transcribe(new float[800], new char[6]));
    }

    [Fact]
    public void An_instance_disposed_of_during_a_call_ends_it_as_if_nothing_had_happened()
    {
        var model = new Levels(1);
        model.During = model.Dispose;
        char[] text = new char[40];
        model.Transcribe(Loud(800), text).ShouldBe(1);
        text[0].ShouldBe('A');
        Should.Throw<ObjectDisposedException>(() => model.Transcribe(Loud(800), text));
    }

    [Fact]
    public void A_call_during_a_call_is_refused_and_the_first_one_ends_well()
    {
        using var model = new Levels(1);
        InvalidOperationException? refused = null;
        model.During = () => refused = Should.Throw<InvalidOperationException>(() => model.Logits(Loud(800), new float[6]));
        model.Transcribe(Loud(800), new char[40]).ShouldBe(1);
        refused.ShouldNotBeNull().Message.ShouldContain("serves one call at a time; make an instance for each thread");
        model.During = null;
        model.Logits(Loud(800), new float[6]).ShouldBe(2);
    }

    [Fact]
    public void A_call_that_fails_leaves_the_instance_to_the_next()
    {
        using var model = new Levels(1);
        model.During = () => throw new InvalidDataException();
        Should.Throw<InvalidDataException>(() => model.Logits(Loud(800), new float[6]));
        model.During = null;
        model.Logits(Loud(800), new float[6]).ShouldBe(2);
    }

    [Fact]
    public void An_instance_whose_constructor_failed_refuses_calls()
    {
        Should.Throw<ArgumentException>(() => new Levels(3600, moreTokens: 20000));
        Levels failed = Levels.Last!;
        Should.Throw<ObjectDisposedException>(() => failed.Transcribe(Loud(800), new char[40]));
        failed.Dispose();
        Should.Throw<ObjectDisposedException>(() => failed.Transcribe(Loud(800), new char[40]));
    }

    [Fact]
    public void Memory_is_allocated_once()
    {
        using var model = new Levels(1);
        Should.Throw<InvalidOperationException>(model.AllocateAgain).Message.ShouldContain("already");
        model.Logits(Loud(16000), new float[120]).ShouldBe(40);
    }

    [Fact]
    public void The_threads_of_an_instance_that_nobody_holds_end()
    {
        Thread[] threads = Forgotten();
        bool Ended()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return threads.All(thread => !thread.IsAlive);
        }

        SpinWait.SpinUntil(Ended, TimeSpan.FromSeconds(60)).ShouldBeTrue();

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static Thread[] Forgotten()
        {
            Thread[] threads = new Levels(1, threads: 3).Threads;
            Levels.Last = null;
            threads.ShouldAllBe(thread => thread.IsAlive);
            return threads;
        }
    }

    [Fact]
    public void Frames_and_room_for_text_grow_with_the_samples()
    {
        using var model = new Levels(1);
        model.FrameCount(399).ShouldBe(0);
        model.MaxTextLength(800).ShouldBe(2);
        model.VocabularySize.ShouldBe(3);
        model.SampleRate.ShouldBe(16000);
        model.Kernels.ShouldBe(InstructionSets.Name(InstructionSets.Current));
    }

    [Fact]
    public void Calls_allocate_nothing()
    {
        using var model = new Levels(1);
        float[] pcm = Loud(16000);
        float[] logits = new float[120];
        char[] text = new char[40];
        model.Logits(pcm, logits);
        model.Transcribe(pcm, text).ShouldBe(1);
        Allocations.Of(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                model.Logits(pcm, logits);
                model.Transcribe(pcm, text);
            }
        }).ShouldBe(0);
    }

    [Fact]
    public void An_utterance_may_use_all_of_the_arena()
    {
        using var model = new Levels(2);
        for (int samples = 400; samples <= 32000; samples += 399)
        {
            model.Logits(Loud(samples), new float[3 * 80]).ShouldBe(samples / 400);
        }
    }

    private static float[] Loud(int samples) => [.. Enumerable.Range(0, samples).Select(i => MathF.Sin(i))];

    /// <summary>A model of one frame every 400 samples, whose logits are 1 for the second token where there is sound.</summary>
    private sealed class Levels : SpeechModel
    {
        private readonly long bytes;

        public Levels(double maxSeconds, int moreTokens = 0, int threads = 1)
            : base(new CtcVocabulary(["<pad>", "A", "B", .. Enumerable.Repeat("C", moreTokens)], 0, -1), 400, 400, maxSeconds, threads)
        {
            Last = this;
            bytes = NextSlot(0, Waveform.Bytes(MaxSamples)) + FrameCount(MaxSamples) * 3 * sizeof(float);
            Allocate(bytes);
        }

        /// <summary>The one made last, even if its constructor failed.</summary>
        public static Levels? Last { get; set; }

        /// <summary>What happens in the middle of a call.</summary>
        public Action? During { get; set; }

        public Thread[] Threads => Team.Threads;

        public void AllocateAgain() => Allocate(bytes);

        public override int FrameCount(int samples) => samples / 400;

        protected override float* Forward(ReadOnlySpan<float> pcm, byte* memory)
        {
            During?.Invoke();
            var audio = Waveform.Of(pcm, 1e-7f, (short*)memory);
            float* logits = (float*)(memory + NextSlot(0, Waveform.Bytes(MaxSamples)));
            for (int frame = 0; frame < FrameCount(pcm.Length); frame++)
            {
                logits[3 * frame] = 0.5f;
                logits[3 * frame + 1] = audio.Samples[400 * frame + 1] >> 8 == 0 ? 0 : 1;
                logits[3 * frame + 2] = 0;
            }

            return logits;
        }
    }
}
