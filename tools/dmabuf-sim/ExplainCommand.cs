using System.CommandLine;
using DmaBufSim.Scenarios;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim explain</c>: tells what a word of an outcome means.</summary>
internal static class ExplainCommand
{
    /// <summary>The command.</summary>
    public static Command Make()
    {
        Argument<string?> word = new("WORD")
        {
            Description = "An errno (EINVAL), a reason (cpu-may-only-write) or a verb (mmap); without one, all of them.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new("explain", "Tells what an errno or a reason means here, and when one meets it.") { word };
        command.SetAction(parsed => Explain(parsed.GetValue(word)));
        return command;
    }

    private static int Explain(string? word)
    {
        using Terminal output = Terminal.Output();
        if (word is null)
        {
            foreach (string line in WordWrap.Lines(string.Join(" ", Manual.Words()), 80))
            {
                output.WriteLine(line);
            }

            return ExitCode.Ok;
        }

        if (Write(output, word))
        {
            return ExitCode.Ok;
        }

        using Terminal error = Terminal.Error();
        return RunCommand.Report(error, [Unknown(word)]);
    }

    /// <summary>Explains a word.</summary>
    /// <returns>Whether it is one that can be explained.</returns>
    public static bool Write(Terminal output, string word)
    {
        IEnumerable<string>? lines = Manual.About(word) ?? (VerbTable.Find(word) is { } verb ? Manual.About(verb) : null);
        TextRole role = TextRole.Step;
        foreach (string line in lines ?? [])
        {
            output.WriteLine(line, role);
            role = TextRole.Plain;
        }

        return lines is not null;
    }

    /// <summary>What is said of a word that cannot be explained.</summary>
    public static string Unknown(string word)
    {
        string near = Spelling.Suggest(word, Manual.Words()) is { } found ? $"did you mean '{found}'?" : "`explain` alone lists all words";
        return $"'{word}' is no errno, reason or verb; {near}";
    }
}
