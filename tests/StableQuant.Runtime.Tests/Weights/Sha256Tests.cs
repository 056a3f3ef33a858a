using System.Text;
using StableQuant.Weights;

namespace StableQuant.Runtime.Tests;

public class Sha256Tests
{
    // NIST's examples for FIPS 180-4, and its long one of a million letters.
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void The_vectors_of_the_standard_hold(string text, string expected) =>
        Sha256.HashHex(Encoding.ASCII.GetBytes(text)).ShouldBe(expected);

    [Fact]
    public void A_million_letters_hold() =>
        Sha256.HashHex(Encoding.ASCII.GetBytes(new string('a', 1_000_000))).ShouldBe("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");

    [Fact]
    public void Every_short_and_some_long_lengths_agree_with_the_platform()
    {
        var random = new Random(4);
        for (int i = 0; i < 400; i++)
        {
            byte[] data = new byte[i < 300 ? i : random.Next(100_000)];
            random.NextBytes(data);
            byte[] hash = new byte[Sha256.HashLength];
            Sha256.Hash(data, hash);
            hash.ShouldBe(System.Security.Cryptography.SHA256.HashData(data));
        }
    }

    [Fact]
    public void Too_little_room_is_an_error() =>
        Should.Throw<ArgumentException>(() => Sha256.Hash([], new byte[31]));
}
