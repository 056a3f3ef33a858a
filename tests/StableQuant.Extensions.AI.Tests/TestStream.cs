namespace StableQuant.Extensions.AI.Tests;

/// <summary>
/// A stream as a web server's are: it cannot seek and refuses to be read synchronously. Behind its content it ends, breaks, or gives nothing
/// until the reader loses patience.
/// </summary>
internal sealed class TestStream(byte[] content, TestStream.Ending ending = TestStream.Ending.Complete, int most = 999) : Stream
{
    private int position;

    public enum Ending
    {
        Complete,
        Broken,
        Silent,
    }

    /// <summary>Whether somebody waits behind the content.</summary>
    public TaskCompletionSource Waited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsDisposed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        int count = Math.Min(Math.Min(buffer.Length, most), content.Length - position);
        if (count == 0 && ending == Ending.Broken)
        {
            throw new InvalidOperationException("The client is gone.");
        }

        if (count == 0 && ending == Ending.Silent)
        {
            Waited.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        content.AsMemory(position, count).CopyTo(buffer);
        position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous operations are disallowed.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
