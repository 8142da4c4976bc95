namespace DmaBufSim.Scenarios;

/// <summary>Why a file that somebody named cannot be read.</summary>
public static class UnreadableFile
{
    /// <summary>Whether an exception tells that a file cannot be opened or read.</summary>
    public static bool IsTold(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>Why, in words for a person.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exception">What came of opening or reading it.</param>
    public static string Why(string path, Exception exception) => exception switch
    {
        _ when path.Length == 0 => "an empty name is no file",
        _ when Directory.Exists(path) => "this is a folder, not a file",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        _ => $"the file cannot be read: {exception.Message}",
    };
}
