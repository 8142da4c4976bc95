using System.CommandLine;
using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.FieldLogs;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim diagnose</c>: explains the refusals of CMA areas that a kernel log has.</summary>
internal static class DiagnoseCommand
{
    private const int HighestOrder = 20;
    private const int PageShift = 12;
    private const int Width = 80;

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
            new Asked(parsed.GetValue(request), parsed.GetValue(align), parsed.GetValue(perBit)),
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

    private static int Diagnose(string file, Asked asked, bool tellsAll)
    {
        using Terminal output = Terminal.Output();
        using Terminal error = Terminal.Error();
        LogMistakes mistakes = new(file);
        try
        {
            using StreamReader text = new(Open(file), Encoding.UTF8);
            int perBit = asked.PerBit ?? 0;
            KernelLogReader reader = new(text, mistakes, perBit);
            LogExplanation explanation = new(asked.Align, perBit, asked.Request, mistakes, tellsAll);
            bool isFound = Explain(output, reader, explanation, asked);
            output.Flush();
            Report(error, mistakes.Lines);
            if (!isFound)
            {
                return Report(error, Nothing(file, reader));
            }

            return asked.Useless(explanation) is { } useless
                ? Report(error, [$"{file}: {useless}"])
                : RunCommand.Unless(output, error, ExitCode.Ok);
        }
        catch (Exception exception) when (UnreadableFile.IsTold(exception))
        {
            output.Flush();
            return Report(error, [$"{file}: {UnreadableFile.Why(file, exception)}"]);
        }
    }

    private static Stream Open(string file) => file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);

    private static bool Explain(Terminal output, KernelLogReader reader, LogExplanation explanation, Asked asked)
    {
        bool isFound = false;
        List<string> held = [];
        foreach (LogEntry entry in reader.Read())
        {
            isFound = true;
            held.AddRange(explanation.Next(entry));
            if (asked.Useless(explanation) is null)
            {
                Write(output, held);
                held.Clear();
            }
        }

        if (isFound && asked.Useless(explanation) is null)
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
                || line.StartsWith("    fits: no: ", StringComparison.Ordinal);
            output.WriteLine(line, isTitle ? TextRole.Step : isVerdict ? TextRole.Refusal : TextRole.Plain);
        }
    }

    private static int Report(Terminal error, IEnumerable<string> lines) =>
        RunCommand.Report(error, [.. lines.SelectMany(line => WordWrap.Indented(line, Width))]);

    private static IEnumerable<string> Nothing(string file, KernelLogReader reader)
    {
        yield return reader.LinesRead == 0
            ? $"{file}: the file is empty"
            : reader.BinaryLine > 0
                ? $"{file}: nothing to explain: this is no text, line {reader.BinaryLine} has a zero byte"
                : $"{file}: nothing to explain: no line is one of those that are read";
        yield return "What is read:";
        yield return "  cma: cma_alloc: NAME: alloc failed, req-size: N pages, ret: -12";
        yield return "  cma: number of available pages: PAGES@BIT+PAGES@BIT=> N free of N total pages";
        yield return "  the events of /sys/kernel/tracing/events/cma, as trace and trace_pipe print them";
        yield return "  the numbers of /sys/kernel/debug/cma/NAME/bitmap, with or without the path before them";
        yield return "  the lines of /proc/buddyinfo and /proc/pagetypeinfo";
    }

    // The options that say something of areas, each null where it is not given.
    private sealed record Asked(long? Request, int? Align, int? PerBit)
    {
        // Which of them changes nothing for the text so far, and what it is for; null where all do.
        public string? Useless(LogExplanation text)
        {
            if (Request is not null && !text.HasLists && !text.HasTraces)
            {
                return "--request is for areas: a list of free pages, a bitmap or a trace; there is none here";
            }

            if (PerBit is not null && !text.HasLists)
            {
                return "--order-per-bit is for areas: a list of free pages or a bitmap; there is none here";
            }

            if (Align is null || text.HasAreas || (text.HasTraces && Request is not null))
            {
                return null;
            }

            return text.HasTraces
                ? "--align is for requests: of a trace, for the one that --request names"
                : "--align is for requests to areas; there is no area here";
        }
    }
}
