using System.Text;
using Google.Protobuf;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Tests.Import;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Decoding;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Vocabularies;

public sealed class VocabularyFileTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly List<string> notes = [];

    public void Dispose() => folder.Dispose();

    private Vocabulary Load(string json, VocabularyChoice? choice = null) => VocabularyFile.Load(folder.Write("vocab.json", json), choice, notes.Add);

    /// <summary>What the runtime writes for some outputs, one frame each.</summary>
    private static string Write(Vocabulary vocabulary, params int[] outputs)
    {
        var decoder = new CtcVocabulary([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter);
        var text = new char[256];
        return new string(text, 0, decoder.WriteText([.. outputs.Select((output, frame) => new CtcToken(output, frame, frame + 1, 1))], text));
    }

    [Theory]
    [InlineData("""{"A": 2, "<pad>": 0, "|": 1}""", 0, 1)]
    [InlineData("""{"|": 0, "A": 1, "[PAD]": 2}""", 2, 0)]
    [InlineData("""{"A": 0, "<pad>": 1}""", 1, -1)]
    [InlineData("""{"<blk>": 0, "A": 1, " ": 2}""", 0, 2)]
    [InlineData("""{"A": 0, "▁": 1, "<blank>": 2}""", 2, 1)]
    [InlineData("""{"_": 0, "A": 1, "|": 2}""", 0, 2)]
    [InlineData("""{"<pad>": 0, "A": 1, "<space>": 2, "<blank>": 3}""", 3, 2)]
    [InlineData("""{"<BLANK>": 0, "▁A": 1, "|": 2, "B": 3}""", 0, -1)]
    public void Blank_and_word_delimiter_are_found_by_name(string json, int blank, int wordDelimiter)
    {
        Vocabulary vocabulary = Load(json);
        vocabulary.Blank.ShouldBe(blank);
        vocabulary.WordDelimiter.ShouldBe(wordDelimiter);
    }

    [Fact]
    public void The_tokenizers_own_names_count_before_common_ones_and_the_users_before_both()
    {
        const string Json = """{"<pad>": 0, "|": 1, "A": 2, "~": 3, "#": 4}""";
        folder.Write("tokenizer_config.json", """{"pad_token": {"content": "~"}, "word_delimiter_token": "#"}""");
        Load(Json).ShouldSatisfyAllConditions(v => v.Blank.ShouldBe(3), v => v.WordDelimiter.ShouldBe(4));
        Load(Json, new VocabularyChoice("<pad>", "|")).ShouldSatisfyAllConditions(v => v.Blank.ShouldBe(0), v => v.WordDelimiter.ShouldBe(1));
        Should.Throw<StableQuantException>(() => Load(Json, new VocabularyChoice("?"))).Message.ShouldContain("no token '?', which --blank names");
        Should.Throw<StableQuantException>(() => Load(Json, new VocabularyChoice("|", "|"))).Message.ShouldContain("cannot delimit words, too");
        notes.ShouldBeEmpty();
    }

    [Fact]
    public void Which_of_two_blanks_is_taken_is_said()
    {
        Load("""{"<pad>": 0, "A": 1, "<blank>": 2}""").Blank.ShouldBe(2);
        notes.ShouldHaveSingleItem().ShouldContain("takes <blank> as the CTC blank, not <pad>; --blank");
    }

    [Theory]
    [InlineData("""{"A": 0""", "not JSON")]
    [InlineData("""{"A": 0, "<pad>": 1} // B""", "not JSON")]
    [InlineData("""["A"]""", "not one JSON object")]
    [InlineData("""{"en": {"A": 0}, "B": 1}""", "en does not map to a whole number")]
    [InlineData("""{"<pad>": 0, "A": 1.5}""", "A does not map to a whole number")]
    [InlineData("""{"<pad>": 0, "A": 2}""", "no token for output 1, but A maps to 2")]
    [InlineData("""{"<pad>": 0, "A": 2000000000}""", "A maps to 2000000000")]
    [InlineData("""{"<pad>": 0, "A": -1}""", "A maps to -1")]
    [InlineData("""{"<pad>": 0, "A": 0}""", "A maps to 0")]
    [InlineData("""{"<pad>": 0, "A": 1, "A": 2}""", "A is there twice; its outputs are 1 and 2")]
    [InlineData("""{"A": 0, "B": 1}""", "no CTC blank")]
    [InlineData("""{"A": 0, "B": 1}""", "--blank TOKEN")]
    [InlineData("""{"<pad>": 0, "A\ud800": 1}""", "half a character")]
    public void An_error_names_the_file_and_what_is_wrong(string json, string message)
    {
        string path = folder.Write("vocab.json", json);
        string actual = Should.Throw<StableQuantException>(() => VocabularyFile.Load(path)).Message;
        actual.ShouldStartWith(path);
        actual.ShouldContain(message);
    }

    [Theory]
    [InlineData("added_tokens.json", """{"<s>": 3, "</s>": 4}""")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"3": {"content": "<s>", "special": true}, "4": {"content": "</s>", "special": true}}}""")]
    [InlineData("tokenizer_config.json", """{"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "unk_token": null}""")]
    [InlineData("special_tokens_map.json", """{"eos_token": "</s>", "bos_token": {"content": "<s>"}}""")]
    public void Tokens_that_only_the_tokenizers_files_have_belong_to_the_vocabulary(string file, string json)
    {
        folder.Write(file, json);
        Vocabulary vocabulary = Load("""{"<pad>": 0, "A": 1, "|": 2}""");
        vocabulary.Tokens.ShouldBe(["<pad>", "A", "|", "<s>", "</s>"]);
        Write(vocabulary, 3, 1, 2, 1, 4).ShouldBe("A A");
    }

    [Fact]
    public void Special_tokens_make_no_text_whatever_they_are_called_and_added_ones_that_are_not_special_do()
    {
        folder.Write("tokenizer_config.json", """{"unk_token": "UNK", "added_tokens_decoder": {"3": {"content": "QU", "special": false}, "4": {"content": "sil", "special": true}}}""");
        Vocabulary vocabulary = Load("""{"<pad>": 0, "A": 1, "|": 2, "UNK": 5}""");
        Write(vocabulary, 5, 3, 1, 4, 2, 1, 0).ShouldBe("QUA A");
    }

    [Fact]
    public void Texts_are_as_the_tokenizer_writes_them()
    {
        folder.Write("tokenizer_config.json", """{"do_lower_case": true, "word_delimiter_token": "|", "replace_word_delimiter_char": "-"}""");
        Write(Load("""{"<pad>": 0, "A": 1, "|": 2, "É": 3}"""), 1, 2, 3).ShouldBe("a-é");
    }

    [Theory]
    // Pieces of SentencePiece, with and without a piece that is a space alone; with the space at the end.
    [InlineData("""{"<blk>": 0, "▁THE": 1, "▁T": 2, "EN": 3}""", "THE TEN")]
    [InlineData("""{"<blk>": 0, "▁": 1, "▁T": 2, "EN": 3}""", "TEN")]
    [InlineData("""{"<blk>": 0, "the▁": 1, "t": 2, "en▁": 3}""", "the ten")]
    // Continuation marks of other tokenizers.
    [InlineData("""{"<pad>": 0, "the": 1, "t@@": 2, "en": 3}""", "the ten")]
    [InlineData("""{"<pad>": 0, "the": 1, "t": 2, "##en": 3}""", "the ten")]
    [InlineData("""{"<pad>": 0, "the</w>": 1, "t": 2, "en</w>": 3}""", "the ten")]
    // A space as byte 0x20 is Ġ, é as its bytes C3 A9.
    [InlineData("""{"<pad>": 0, "Ġthe": 1, "Ġt": 2, "Ã©n": 3}""", "the tén")]
    // Phonemes: symbols of several letters, nothing between words.
    [InlineData("""{"<pad>": 0, "aɪ": 1, "t": 2, "tʃ": 3}""", "aɪ t tʃ")]
    [InlineData("""{"<pad>": 0, "AH0": 1, "T": 2, "EH1": 3}""", "AH0 T EH1")]
    // A language without spaces; letters that are one with their marks.
    [InlineData("""{"<pad>": 0, "你": 1, "好": 2, "ABC": 3}""", "你好ABC")]
    [InlineData("""{"<pad>": 0, "a": 1, "é": 2, "b": 3}""", "aéb")]
    public void Every_notation_of_words_is_written_with_their_spaces(string json, string expected) => Write(Load(json), 1, 2, 3).ShouldBe(expected);

    [Fact]
    public void Phonemes_of_one_letter_are_known_by_their_tokenizer()
    {
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "Wav2Vec2PhonemeCTCTokenizer", "pad_token": "<pad>", "word_delimiter_token": null}""");
        Write(Load("""{"<pad>": 0, "h": 1, "a": 2}"""), 1, 2).ShouldBe("h a");
    }

    [Theory]
    [InlineData("vocab.txt", "<blank>\nA\n▁\nB\n", "A B")]
    [InlineData("vocab.txt", "<blank>\r\nA\r\n \r\nB", "A B")]
    [InlineData("tokens.txt", "<blk> 0\nB 3\n▁ 2\nA 1\n", "A B")]
    [InlineData("tokens.txt", "<blk>\t0\nA\t1\n  2\nB\t3", "A B")]
    [InlineData("tokens.txt", "<blk> 0\nA 1\n 2\n3 3", "A 3")]
    [InlineData("vocab.txt", "<blank>\n1\n▁2\n3", "1 23")]
    public void Lines_of_tokens_are_read(string name, string text, string expected)
    {
        folder.Write(name, text);
        File.WriteAllText(Path.Combine(folder.Path, "model.onnx"), "");
        Write(VocabularyFile.LoadFor(Path.Combine(folder.Path, "model.onnx"), null), 1, 2, 3).ShouldBe(expected);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void A_byte_order_mark_says_the_encoding(string encoding)
    {
        string path = Path.Combine(folder.Path, "vocab.json");
        File.WriteAllText(path, """{"<pad>": 0, "é": 1}""", Encoding.GetEncoding(encoding));
        File.ReadAllBytes(path)[0].ShouldNotBe((byte)'{');
        VocabularyFile.Load(path).Tokens.ShouldBe(["<pad>", "é"]);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        string path = Path.Combine(folder.Path, "vocab.json");
        File.WriteAllBytes(path, [.. "{\"<pad>\": 0, \""u8, 0xE9, .. "\": 1}"u8]);
        Should.Throw<StableQuantException>(() => VocabularyFile.Load(path)).Message.ShouldContain("save the file as UTF-8");
    }

    [Fact]
    public void Of_several_languages_one_is_chosen_and_the_message_lists_them()
    {
        const string Json = """{"eng": {"<pad>": 0, "A": 1}, "deu": {"<pad>": 1, "Ä": 0}}""";
        Should.Throw<StableQuantException>(() => Load(Json)).Message.ShouldContain("2 languages; choose one with --language: deu, eng.");
        Should.Throw<StableQuantException>(() => Load(Json, new VocabularyChoice(Language: "fra"))).Message.ShouldContain("none for 'fra'; choose one with --language: deu, eng.");
        Load(Json, new VocabularyChoice(Language: "deu")).Tokens.ShouldBe(["Ä", "<pad>"]);
        folder.Write("tokenizer_config.json", """{"target_lang": "eng"}""");
        Load(Json).Tokens.ShouldBe(["<pad>", "A"]);
        Load(Json, new VocabularyChoice(Language: "deu")).Tokens.ShouldBe(["Ä", "<pad>"]);
        Should.Throw<StableQuantException>(() => Load("""{"<pad>": 0, "A": 1}""", new VocabularyChoice(Language: "deu"))).Message.ShouldContain("leave --language out");
    }

    [Fact]
    public void The_default_lies_beside_the_model_or_in_the_folder_above_onnx()
    {
        string model = Path.Combine(folder.Path, "onnx", "model.onnx");
        Should.Throw<StableQuantException>(() => VocabularyFile.LoadFor(model, null)).Message.ShouldContain("there is no such model");
        Directory.CreateDirectory(Path.GetDirectoryName(model)!);
        File.WriteAllText(model, "");
        Should.Throw<StableQuantException>(() => VocabularyFile.LoadFor(model, null)).Message.ShouldContain("--vocab");
        folder.Write("vocab.json", """{"<pad>": 0, "a": 1}""");
        VocabularyFile.LoadFor(model, null).Tokens.Count.ShouldBe(2);
        VocabularyFile.LoadFor(folder.Path, null).Tokens.Count.ShouldBe(2);
        File.WriteAllText(Path.Combine(folder.Path, "onnx", "vocab.json"), """{"<pad>": 0, "a": 1, "b": 2}""");
        VocabularyFile.LoadFor(model, null).Tokens.Count.ShouldBe(3);
        File.WriteAllText(Path.Combine(folder.Path, "onnx", "model.vocab.json"), """{"<pad>": 0, "a": 1, "b": 2, "c": 3}""");
        VocabularyFile.LoadFor(model, null).Tokens.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"<unk>": 0, "▁TEN": 1, "TH": 2, "▁": 3}, "merges": []}, "added_tokens": [{"id": 4, "content": "<pad>", "special": true}]}""")]
    [InlineData("""{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["▁TEN", -1.5], ["TH", -2], ["▁", -3]]}, "added_tokens": [{"id": 0, "content": "<unk>", "special": true}, {"id": 4, "content": "<pad>", "special": true}]}""")]
    public void A_whole_tokenizer_has_a_vocabulary(string json)
    {
        Vocabulary vocabulary = VocabularyFile.Load(folder.Write("tokenizer.json", json), null, notes.Add);
        (vocabulary.Tokens.Count, vocabulary.Blank, vocabulary.WordDelimiter).ShouldBe((5, 4, 3));
        Write(vocabulary, 1, 0, 4, 1, 2, 3, 2).ShouldBe("TEN TENTH TH");
        notes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"model": {"vocab": [["a", 0], [1, 2]]}}""", "the token of output 1 is no text")]
    [InlineData("""{"model": {"vocab": 5}}""", "neither an object nor a list")]
    [InlineData("""{"model": {"vocab": {"<pad>": 0, "a": 1}}, "added_tokens": [{"content": "<unk>"}]}""", "an entry without content and id")]
    public void A_damaged_tokenizer_is_refused(string json, string message) =>
        Should.Throw<StableQuantException>(() => VocabularyFile.Load(folder.Write("tokenizer.json", json))).Message.ShouldContain(message);

    [Fact]
    public void Pieces_without_a_blank_have_it_behind_them_where_the_model_has_one_logit_more()
    {
        string model = Path.Combine(folder.Path, "model.onnx");
        File.WriteAllBytes(model, TinyModel.Load(TinyModel.GroupNorm).ToByteArray());
        string Lines(int count, string start) => string.Concat(Enumerable.Range(0, count).Select(i => $"{start}{(char)(0x410 + i)} {i}\n"));
        folder.Write("tokens.txt", Lines(31, "▁"));
        VocabularyFile.LoadFor(model, null, note: notes.Add).ShouldSatisfyAllConditions(v => v.Tokens.Count.ShouldBe(32), v => v.Blank.ShouldBe(31), v => v.Tokens[31].ShouldBe("<blank>"));
        notes.ShouldHaveSingleItem().ShouldContain("the last one is taken as the CTC blank");

        // Letters may lack any other token, and fewer pieces are another model's.
        folder.Write("tokens.txt", Lines(31, ""));
        Should.Throw<StableQuantException>(() => VocabularyFile.LoadFor(model, null)).Message.ShouldContain("makes 32 logits");
        folder.Write("tokens.txt", Lines(30, "▁"));
        Should.Throw<StableQuantException>(() => VocabularyFile.LoadFor(model, null)).Message.ShouldContain("makes 32 logits");
    }

    [Fact]
    public void Tokens_are_as_many_as_the_models_logits_or_the_error_counts_both()
    {
        // The miniature makes 32 logits a frame.
        string model = Path.Combine(folder.Path, "model.onnx");
        File.WriteAllBytes(model, TinyModel.Load(TinyModel.GroupNorm).ToByteArray());
        string Json(int letters, string more = "") => $$"""{"<pad>": 0{{string.Concat(Enumerable.Range(1, letters).Select(i => $", \"{(char)(0x410 + i)}\": {i}"))}}{{more}}}""";

        folder.Write("vocab.json", Json(31));
        VocabularyFile.LoadFor(model, null, note: notes.Add).Tokens.Count.ShouldBe(32);
        notes.ShouldBeEmpty();

        // Special tokens that the tokenizer has and the model lacks.
        folder.Write("tokenizer_config.json", """{"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}""");
        VocabularyFile.LoadFor(model, null, note: notes.Add).Tokens.Count.ShouldBe(32);
        notes.ShouldHaveSingleItem().ShouldContain("<s>, </s> left out: the model makes 32 logits a frame, the tokenizer has 34 tokens");
        folder.Write("vocab.json", Json(29));
        VocabularyFile.LoadFor(model, null).Tokens.Skip(30).ShouldBe(["<s>", "</s>"]);

        // An output in the middle that no file names.
        notes.Clear();
        folder.Write("vocab.json", Json(28, """, "Z": 31"""));
        VocabularyFile.LoadFor(model, null, note: notes.Add).Tokens[29].ShouldBe("<29>");
        notes.ShouldContain(note => note.Contains("the model has outputs 29, 30, but vocab.json, tokenizer_config.json have no token for it", StringComparison.Ordinal));

        foreach (int letters in (int[])[27, 33])
        {
            folder.Write("vocab.json", Json(letters));
            string message = Should.Throw<StableQuantException>(() => VocabularyFile.LoadFor(model, null)).Message;
            message.ShouldContain($"vocab.json, tokenizer_config.json name {letters + 3} tokens, but {model} makes 32 logits a frame");
            message.ShouldContain("--vocab");
        }
    }

    [Fact]
    public void Outputs_are_read_from_any_file_and_from_no_damaged_one()
    {
        string model = Path.Combine(folder.Path, "model.onnx");
        byte[] bytes = TinyModel.Load(TinyModel.GroupNorm).ToByteArray();
        File.WriteAllBytes(model, bytes);
        OnnxOutputs.Read(model).ShouldHaveSingleItem().ShouldBe(TinyModel.Load(TinyModel.GroupNorm).Graph.Output[0]);
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            byte[] damaged = [.. bytes[..random.Next(bytes.Length)]];
            for (int i = 0; i < 3 && damaged.Length > 0; i++)
            {
                damaged[random.Next(Math.Min(damaged.Length, 400))] ^= (byte)random.Next(1, 256);
            }

            File.WriteAllBytes(model, damaged);
            Should.NotThrow(() => OnnxOutputs.Read(model));
        }
    }
}
