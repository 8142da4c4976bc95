using System.Text.Json;
using DmaBufSim.Scenarios;
using DmaBufSim.Tracing;

namespace DmaBufSim.Cli;

/// <summary>Writes runs as JSON, step by step.</summary>
internal sealed class JsonReport : IDisposable
{
    private const int FlushAfter = 1 << 16;

    private readonly Stream stream;
    private readonly Utf8JsonWriter writer;
    private readonly string path;

    private JsonReport(string path, Stream stream)
    {
        this.path = path;
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
        if (path.EndsWith(ScenarioFiles.Ending, StringComparison.Ordinal))
        {
            throw new CannotWriteException(
                $"{path}: the report would replace a scenario; --json needs a name of its own");
        }

        try
        {
            Stream stream = path == "-"
                ? Console.OpenStandardOutput()
                : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            return new JsonReport(path, stream);
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            throw Lost(path, exception);
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
            Flush();
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

    /// <summary>A run could not go on, so none follows.</summary>
    public void EndWithFault(StepFaultException fault)
    {
        writer.WriteEndArray();
        writer.WriteString("end", "fault");
        writer.WriteString("fault", fault.Message);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        FinishText();
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
        FinishText();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What is left after a failure cannot be written either.
        writer.Reset(Stream.Null);
        writer.Dispose();
        stream.Dispose();
    }

    private static string Word(RunEnd end) => end switch
    {
        RunEnd.Passed => "passed",
        RunEnd.Failed => "failed",
        _ => "crashed",
    };

    private static CannotWriteException Lost(string path, Exception exception)
    {
        string name = path.Length == 0 ? "''" : path == "-" ? "standard output" : path;
        string why = (exception.InnerException ?? exception).Message;
        return new CannotWriteException($"{name}: the report cannot be written: {why}");
    }

    private void Flush() => Try(writer.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            throw Lost(path, exception);
        }
    }

    private void FinishText()
    {
        Flush();
        Try(() =>
        {
            stream.WriteByte((byte)'\n');
            stream.Flush();
        });
    }

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
