using System.CommandLine;
using System.Text;
using DmaBufSim.FieldLogs;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim diagnose</c>: explains the refusals of CMA areas that a kernel log has.</summary>
internal static class DiagnoseCommand
{
    private const int HighestOrder = 20;
    private const int PageShift = 12;

    /// <summary>The command with its options.</summary>
    public static Command Make()
    {
        Argument<string> file = new("FILE")
        {
            Description = "A kernel log, a trace, a bitmap of debugfs or /proc/buddyinfo; - is standard input.",
        };
        Option<int?> align = OrderOption(
            "--align", "The alignment of all requests, 2 to this power pages; that of their size if left out.");
        Option<int?> perBit = OrderOption(
            "--order-per-bit", "A bit of an area stands for 2 to this power pages; one page if left out.");
        Option<long?> request = RequestOption();
        Option<bool> all = new("--all")
        {
            Description = "Tell each failure; without it the first 100 that differ, and how many there were besides.",
        };
        Command command = new("diagnose", "Explains the failed requests in kernel logs and traces, bitmaps, buddyinfo and pagetypeinfo.")
        {
            file,
            request,
            align,
            perBit,
            all,
        };
        command.SetAction(parsed => Diagnose(
            parsed.GetRequiredValue(file),
            parsed.GetValue(request),
            parsed.GetValue(align),
            parsed.GetValue(perBit) ?? 0,
            parsed.GetValue(all)));
        return command;
    }

    private static Option<int?> OrderOption(string name, string description) =>
        Numbers.Option(name, "N", 0, HighestOrder, description);

    // Without a unit it would not be clear whether bytes or pages are meant.
    private static Option<long?> RequestOption() => new("--request")
    {
        Description = "A size to ask each area for, as 8MiB or 2048p: whether it fits, where, and what is missing.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string word = result.Tokens[0].Value;
            if (word.Length > 0 && char.IsAsciiLetter(word[^1]) && NumberText.TryParse(word, out long bytes)
                && bytes > 0)
            {
                return ((bytes - 1) >> PageShift) + 1;
            }

            result.AddError($"--request: '{word}' is no size with a unit, as 8MiB, 64KiB or 2048p");
            return null;
        },
    };

    private static int Diagnose(string file, long? request, int? alignOrder, int orderPerBit, bool tellsAll)
    {
        using Terminal output = Terminal.Output();
        using Terminal error = Terminal.Error();
        LogMistakes mistakes = new(file);
        try
        {
            using StreamReader text = new(Open(file), Encoding.UTF8);
            KernelLogReader reader = new(text, mistakes, orderPerBit);
            LogExplanation explanation = new(alignOrder, orderPerBit, request, mistakes, tellsAll);
            if (!Explain(output, reader, explanation))
            {
                RunCommand.Report(error, [.. mistakes.Lines]);
                return RunCommand.Report(error, [.. Nothing(file, reader)]);
            }

            output.Flush();
            RunCommand.Report(error, [.. mistakes.Lines]);
            return RunCommand.Unless(output, error, ExitCode.Ok);
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            output.Flush();
            return RunCommand.Report(error, [$"{file}: the file cannot be read: {exception.Message}"]);
        }
    }

    private static Stream Open(string file) => file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);

    private static bool Explain(Terminal output, KernelLogReader reader, LogExplanation explanation)
    {
        bool isFound = false;
        foreach (LogEntry entry in reader.Read())
        {
            isFound = true;
            Write(output, explanation.Next(entry));
        }

        if (isFound)
        {
            Write(output, explanation.Finish());
            Write(output, explanation.Limits);
        }

        return isFound;
    }

    private static void Write(Terminal output, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            bool isTitle = line.StartsWith("line", StringComparison.Ordinal);
            bool isVerdict = line.StartsWith("  verdict: ", StringComparison.Ordinal)
                || line.StartsWith("    fits: no", StringComparison.Ordinal);
            output.WriteLine(line, isTitle ? TextRole.Step : isVerdict ? TextRole.Refusal : TextRole.Plain);
        }
    }

    private static IEnumerable<string> Nothing(string file, KernelLogReader reader)
    {
        yield return reader.LinesRead == 0
            ? $"{file}: the file is empty"
            : reader.BinaryLine > 0
                ? $"{file}: nothing to explain: this is no text, line {reader.BinaryLine} has a zero byte"
                : $"{file}: nothing to explain: no line is one of these";
        yield return "  cma: cma_alloc: NAME: alloc failed, req-size: N pages, ret: -12";
        yield return "  cma: number of available pages: PAGES@BIT+PAGES@BIT=> N free of N total pages";
        yield return "  the events of /sys/kernel/tracing/events/cma, as trace and trace_pipe print them";
        yield return "  the numbers of /sys/kernel/debug/cma/NAME/bitmap, with or without the path before them";
        yield return "  the lines of /proc/buddyinfo and /proc/pagetypeinfo";
    }
}
