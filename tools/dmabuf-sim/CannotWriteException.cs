namespace DmaBufSim.Cli;

/// <summary>A file that was asked for cannot be written; the message says which and why.</summary>
internal sealed class CannotWriteException(string message) : Exception(message)
{
    /// <summary>Whether an exception tells that a file cannot be opened, read or written.</summary>
    public static bool IsOfFile(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;
}
