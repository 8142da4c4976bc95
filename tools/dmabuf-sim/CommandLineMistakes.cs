using System.CommandLine;
using DmaBufSim.Scenarios.Reading;

namespace DmaBufSim.Cli;

/// <summary>Tells what is wrong with a command line, and not the whole help, which would push that away.</summary>
internal static class CommandLineMistakes
{
    /// <summary>Tells it on standard error.</summary>
    /// <returns>The exit code.</returns>
    public static int Report(ParseResult parsed)
    {
        using Terminal error = Terminal.Error();
        Command command = parsed.CommandResult.Command;
        List<string> mistakes = [.. parsed.Errors.Select(one => one.Message).Distinct()];
        IEnumerable<string> words = command.Options.Select(option => option.Name)
            .Concat(command.Subcommands.Select(sub => sub.Name));
        foreach (string token in parsed.UnmatchedTokens)
        {
            if (Spelling.Suggest(token, words) is { } word)
            {
                mistakes.Add($"did you mean '{word}'?");
            }
        }

        mistakes.Add(command is RootCommand ? "see dmabuf-sim --help" : $"see dmabuf-sim {command.Name} --help");
        return RunCommand.Report(error, mistakes);
    }
}
