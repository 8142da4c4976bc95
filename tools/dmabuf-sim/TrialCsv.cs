using System.Globalization;
using System.Text;

namespace DmaBufSim.Cli;

/// <summary>
/// Writes the figures of every trial as CSV: a row for each policy, word of --knows and seed, an empty field for no figure.
/// </summary>
internal sealed class TrialCsv : IDisposable
{
    private readonly Stream stream;
    private readonly string path;

    private TrialCsv(string path, Stream stream) => (this.path, this.stream) = (path, stream);

    /// <summary>Opens a file before anything is played for it; what it holds stays until there are figures.</summary>
    /// <exception cref="CannotWriteException">The file cannot be made.</exception>
    public static TrialCsv Open(string path)
    {
        try
        {
            return new TrialCsv(path, path == "-" ? Console.OpenStandardOutput() : File.OpenWrite(path));
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            throw Lost(path, exception);
        }
    }

    /// <summary>Writes them.</summary>
    /// <exception cref="CannotWriteException">The file cannot be written.</exception>
    public void Write(TrialTable table)
    {
        try
        {
            if (stream.CanSeek)
            {
                stream.SetLength(0);
            }

            using StreamWriter text = new(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
            Write(table, text);
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            throw Lost(path, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static CannotWriteException Lost(string path, Exception exception) =>
        new($"{path}: the figures cannot be written: {exception.Message}");

    // No name of a policy, metric or unit has a comma or a quote in it.
    private static void Write(TrialTable table, StreamWriter text)
    {
        IEnumerable<string> metrics = table.Kind.Metrics.Select(
            metric => metric.Unit.Length == 0 ? metric.Name : $"{metric.Name} ({metric.Unit})");
        string[] words = table.HasKnows ? ["policy", "knows", "seed"] : ["policy", "seed"];
        text.WriteLine(string.Join(',', words.Concat(metrics)));
        for (int one = 0; one < table.Series.Length; one++)
        {
            for (int seed = 0; seed < table.Seeds; seed++)
            {
                text.Write(table.Series[one].Policy.Name);
                text.Write(table.HasKnows ? $",{table.Series[one].Knows}" : "");
                text.Write(',');
                text.Write(table.SeedOf(seed).ToString(CultureInfo.InvariantCulture));
                for (int metric = 0; metric < table.Kind.Metrics.Length; metric++)
                {
                    text.Write(',');
                    text.Write(table.Figure(one, seed, metric)?.ToString("R", CultureInfo.InvariantCulture));
                }

                text.WriteLine();
            }
        }
    }
}
