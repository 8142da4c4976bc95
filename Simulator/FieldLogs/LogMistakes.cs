using System.Globalization;

namespace DmaBufSim.FieldLogs;

/// <summary>What is wrong in a log: the first messages, and how many more there are.</summary>
/// <param name="file">The name of the file.</param>
public sealed class LogMistakes(string file)
{
    private const int Most = 50;

    private readonly List<string> kept = [];
    private long count;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => count == 0;

    /// <summary>The messages, each with file and line.</summary>
    public IEnumerable<string> Lines => count == kept.Count
        ? kept
        : kept.Append(file + string.Create(CultureInfo.InvariantCulture, $": {count - Most} more of such messages"));

    /// <summary>Adds one.</summary>
    internal void Add(long line, FormattableString message)
    {
        count++;
        if (kept.Count < Most)
        {
            kept.Add(string.Create(CultureInfo.InvariantCulture, $"{file}:{line}: ")
                + message.ToString(CultureInfo.InvariantCulture));
        }
    }
}
