using System.Diagnostics;
using System.Globalization;

namespace DmaBufSim.Cli;

/// <summary>Tells on a terminal how far a long run is; says nothing on a short one, and nothing in a pipe.</summary>
internal sealed class Progress(Terminal error, bool isWanted) : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly bool isWanted = isWanted && error.IsInteractive;
    private TimeSpan next = Quiet;
    private bool isShown;

    /// <summary>So far.</summary>
    public void Show(string what, long done, long all, string of)
    {
        if (!isWanted || clock.Elapsed < next)
        {
            return;
        }

        next = clock.Elapsed + Interval;
        isShown = true;
        error.Write(
            Scenarios.TextRole.Comment,
            string.Create(CultureInfo.InvariantCulture, $"\r{what}: {done:N0} of {all:N0} {of}"));
        error.Ansi.EraseInLine(0);
        error.Flush();
    }

    /// <summary>Takes the line away.</summary>
    public void Clear()
    {
        if (isShown)
        {
            isShown = false;
            error.Write(Scenarios.TextRole.Plain, "\r");
            error.Ansi.EraseInLine(0);
            error.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();
}
