using System.Text.Json;
using DmaBufSim.Scenarios;
using DmaBufSim.Tracing;

namespace DmaBufSim.Cli;

/// <summary>A file that was asked for cannot be written; the message says which and why.</summary>
internal sealed class CannotWriteException(string message) : Exception(message);

/// <summary>Writes runs as JSON, step by step.</summary>
internal sealed class JsonReport : IDisposable
{
    private const int FlushAfter = 1 << 16;

    private readonly Stream stream;
    private readonly Utf8JsonWriter writer;

    private JsonReport(Stream stream)
    {
        this.stream = stream;
        writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        writer.WriteStartObject();
        writer.WriteNumber("version", 1);
        writer.WriteStartArray("files");
    }

    /// <summary>Opens a report.</summary>
    /// <exception cref="CannotWriteException">The file cannot be made.</exception>
    public static JsonReport Open(string path)
    {
        try
        {
            return new JsonReport(path == "-" ? Console.OpenStandardOutput() : File.Create(path));
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CannotWriteException($"{path}: the report cannot be written: {exception.Message}");
        }
    }

    /// <summary>A run begins.</summary>
    public void StartFile(Scenario scenario)
    {
        writer.WriteStartObject();
        writer.WriteString("file", scenario.File);
        writer.WriteString("kernel", scenario.Machine.Kernel.Name);
        writer.WriteNumber("seed", scenario.Machine.Seed);
        writer.WriteStartArray("steps");
    }

    /// <summary>A step was played.</summary>
    public void Add(PlayedStep played)
    {
        writer.WriteStartObject();
        writer.WriteNumber("line", played.Step.Line);
        writer.WriteString("step", played.Step.ToString());
        writer.WriteString("outcome", played.Outcome.Name);
        WriteList("words", played.Outcome.Words);
        if (played.Outcome.ReasonWord is { } reason)
        {
            WriteRefusal(reason, played.Outcome.Refusal);
        }

        WriteList("lines", played.Outcome.Lines);
        WriteList("changes", played.Changes.Select(change => TraceText.Describe(change)));
        writer.WriteBoolean("as_expected", played.Difference is null);
        if (played.Difference is { } difference)
        {
            writer.WriteString("expected", (played.Step.Expected ?? Expectation.Success).ToString());
            writer.WriteString("difference", difference);
        }

        writer.WriteEndObject();
        if (writer.BytesPending > FlushAfter)
        {
            writer.Flush();
        }
    }

    /// <summary>A run has ended.</summary>
    public void EndFile(RunResult result)
    {
        writer.WriteEndArray();
        writer.WriteStartArray("verdicts");
        foreach (JudgedVerdict judged in result.Verdicts)
        {
            writer.WriteStartObject();
            writer.WriteString("verdict", judged.Verdict.Sentence);
            writer.WriteBoolean("holds", judged.Violation is null);
            if (judged.Violation is { } violation)
            {
                writer.WriteString("violation", violation);
                writer.WriteNumber("line", judged.Line);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteList("warnings", result.Warnings.Select(warning => $"{warning.KernelFunction}: {warning.Condition}"));
        writer.WriteString("end", Word(result.End));
        writer.WriteEndObject();
    }

    /// <summary>All runs have ended.</summary>
    public void Finish(ReadOnlySpan<int> ends, long steps)
    {
        writer.WriteEndArray();
        writer.WriteStartObject("summary");
        writer.WriteNumber("steps", steps);
        foreach (RunEnd end in Enum.GetValues<RunEnd>())
        {
            writer.WriteNumber(Word(end), ends[(int)end]);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        stream.WriteByte((byte)'\n');
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        writer.Dispose();
        stream.Dispose();
    }

    private static string Word(RunEnd end) => end switch
    {
        RunEnd.Passed => "passed",
        RunEnd.Failed => "failed",
        _ => "crashed",
    };

    private void WriteRefusal(string reason, in Refusal refusal)
    {
        writer.WriteString("reason", reason);
        string place = RefusalText.Place(refusal);
        if (place.Length > 0)
        {
            writer.WriteString("place", place);
        }
    }

    private void WriteList(string name, IEnumerable<string> items)
    {
        bool isOpen = false;
        foreach (string item in items)
        {
            if (!isOpen)
            {
                writer.WriteStartArray(name);
                isOpen = true;
            }

            writer.WriteStringValue(item);
        }

        if (isOpen)
        {
            writer.WriteEndArray();
        }
    }
}
