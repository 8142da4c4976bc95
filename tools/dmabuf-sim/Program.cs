using System.CommandLine;
using System.CommandLine.Invocation;
using DmaBufSim.Cli;

RootCommand root = new(
    "A simulator of the Linux DMA-BUF heap subsystem: machines, buffers and devices, driven by scenarios.");
root.Add(RunCommand.Make());
root.Add(ShellCommand.Make());
root.Add(ExplainCommand.Make());
root.Add(DiagnoseCommand.Make());
root.Add(CompareCommand.Make());
root.Add(SmallestCommand.Make());
root.Add(DrawCommand.Make());

ParseResult parsed = root.Parse(args);
try
{
    if (args.Length > 0 && parsed.Action is ParseErrorAction)
    {
        return CommandLineMistakes.Report(parsed);
    }

    int code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

    // A mistake in the command line is a mistake like one in a file.
    return parsed.Errors.Count > 0 ? ExitCode.Mistake : code;
}
catch (Exception exception) when (Terminal.IsLoss(exception))
{
    using Terminal error = Terminal.Error();
    return RunCommand.Report(error, [Terminal.Tell(exception)]);
}
