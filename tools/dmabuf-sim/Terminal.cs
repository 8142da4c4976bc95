using System.Text;
using DmaBufSim.Abi;
using DmaBufSim.Scenarios;
using Spectre.Console;

namespace DmaBufSim.Cli;

/// <summary>Writes text by its role: in colour where the terminal has it, and with the same words where not.</summary>
internal sealed class Terminal : IDisposable
{
    private static readonly Style[] Styles = MakeStyles();

    private const int NarrowestColumns = 40;
    private const int DefaultColumns = 80;

    private readonly StreamWriter writer;
    private readonly AnsiWriter ansi;
    private readonly bool hasColor;
    private string? failure;

    private Terminal(Stream stream, bool isRedirected)
    {
        writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        IsInteractive = !isRedirected;
        hasColor = IsInteractive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        AnsiWriterSettings settings = new()
        {
            Ansi = hasColor ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColor ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        };
        ansi = new AnsiWriter(writer, AnsiCapabilities.Create(writer, settings));
    }

    /// <summary>Whether a person looks at it.</summary>
    public bool IsInteractive { get; }

    /// <summary>How many letters a line has room for; null where nobody looks.</summary>
    public int? Columns => !IsInteractive ? null : Console.WindowWidth is > 0 and var width
        ? Math.Max(NarrowestColumns, width)
        : DefaultColumns;

    /// <summary>The escape sequences of the terminal.</summary>
    public AnsiWriter Ansi => ansi;

    /// <summary>Standard output.</summary>
    public static Terminal Output() => new(Console.OpenStandardOutput(), Console.IsOutputRedirected);

    /// <summary>Standard error.</summary>
    public static Terminal Error() => new(Console.OpenStandardError(), Console.IsErrorRedirected);

    /// <summary>Nowhere.</summary>
    public static Terminal None() => new(Stream.Null, isRedirected: true);

    /// <summary>
    /// Why something that was written is lost, or null. A pipe whose reader has gone is no failure: nobody wants
    /// the rest.
    /// </summary>
    public string? Failure
    {
        get
        {
            Flush();
            return failure;
        }
    }

    /// <summary>Whether an exception says that standard output cannot be written.</summary>
    public static bool IsLoss(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The message for it.</summary>
    public static string Tell(Exception exception) =>
        $"standard output cannot be written: {(exception.InnerException ?? exception).Message}";

    /// <summary>Writes a piece of text.</summary>
    public void Write(TextRole role, string text)
    {
        try
        {
            WriteStyled(role, text);
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            Lose(exception);
        }
    }

    /// <summary>Writes a line.</summary>
    public void WriteLine(string text = "", TextRole role = TextRole.Plain) => Write(role, text + "\n");

    /// <summary>
    /// Writes sentences, one a line. A terminal gets no line that is too long for it; in a pipe each stays whole.
    /// What is indented already stays as it is.
    /// </summary>
    public void WriteSentences(string text, TextRole role = TextRole.Plain)
    {
        int? columns = Columns;
        foreach (string line in text.Split('\n'))
        {
            bool isWrapped = columns is not null && line is not [' ' or '\t', ..];
            foreach (string piece in isWrapped ? WordWrap.Lines(line, columns!.Value) : [line])
            {
                WriteLine(piece, role);
            }
        }
    }

    /// <summary>Shows what was written.</summary>
    public void Flush()
    {
        try
        {
            writer.Flush();
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            Lose(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            writer.Dispose();
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            Lose(exception);
        }
    }

    private void Lose(Exception exception) => failure ??= Tell(exception);

    private void WriteStyled(TextRole role, string text)
    {
        if (!hasColor || role == TextRole.Plain)
        {
            writer.Write(text);
            return;
        }

        // A style never reaches over the end of a line.
        bool endsLine = text.EndsWith('\n');
        ansi.Write(endsLine ? text[..^1] : text, Styles[(int)role]);
        if (endsLine)
        {
            writer.Write('\n');
        }
    }

    private static Style[] MakeStyles()
    {
        Style[] styles = new Style[Enum.GetValues<TextRole>().Length];
        styles[(int)TextRole.Plain] = new Style();
        styles[(int)TextRole.Comment] = new Style(Color.Grey);
        styles[(int)TextRole.Step] = new Style(decoration: Decoration.Bold);
        styles[(int)TextRole.Success] = new Style(Color.Green);
        styles[(int)TextRole.Refusal] = new Style(Color.Olive);
        styles[(int)TextRole.Output] = new Style(Color.Teal);
        styles[(int)TextRole.Change] = new Style(Color.Grey);
        styles[(int)TextRole.Wrong] = new Style(Color.Maroon, decoration: Decoration.Bold);
        return styles;
    }
}
