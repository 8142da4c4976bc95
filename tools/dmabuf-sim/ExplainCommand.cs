using System.CommandLine;
using DmaBufSim.Abi;
using DmaBufSim.Scenarios;
using DmaBufSim.Scenarios.Reading;
using DmaBufSim.Scenarios.Verbs;

namespace DmaBufSim.Cli;

/// <summary><c>dmabuf-sim explain</c>: tells what a word of an outcome means.</summary>
internal static class ExplainCommand
{
    /// <summary>The command.</summary>
    public static Command Make()
    {
        Argument<string?> word = new("WORD")
        {
            Description = "An errno (EINVAL), a reason (cpu-may-only-write) or a verb (mmap); all words if left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new("explain", "Tells what an errno, a reason or a verb means here, and when one meets it.") { word };
        command.SetAction(parsed => Explain(parsed.GetValue(word)));
        return command;
    }

    private static int Explain(string? word)
    {
        using Terminal output = Terminal.Output();
        using Terminal error = Terminal.Error();
        if (word is null)
        {
            WriteAll(output);
        }
        else if (!Write(output, word))
        {
            return RunCommand.Report(error, [Unknown(word)]);
        }

        return RunCommand.Unless(output, error, ExitCode.Ok);
    }

    private static void WriteAll(Terminal output)
    {
        foreach ((string title, IEnumerable<string> words) in Manual.Chapters())
        {
            foreach (string line in WordWrap.Lines($"{title}: {string.Join(' ', words)}", 80))
            {
                output.WriteLine(line);
            }
        }
    }

    /// <summary>Explains a word.</summary>
    /// <returns>Whether it is one that can be explained.</returns>
    public static bool Write(Terminal output, string word)
    {
        IEnumerable<string>? lines = Manual.About(word)
            ?? (VerbTable.Find(word) is { } verb ? Manual.About(verb) : null);
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
        string near = Spelling.Suggest(word, Manual.Words()) is { } found
            ? $"did you mean '{found}'?"
            : "`explain` alone lists all words";
        return $"'{word}' is no errno, reason or verb; {near}";
    }
}
