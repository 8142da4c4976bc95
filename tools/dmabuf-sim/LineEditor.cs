using System.Text;

namespace DmaBufSim.Cli;

/// <summary>Reads lines at a terminal: with editing, history and completion. In a pipe it just reads lines.</summary>
/// <param name="terminal">Where the line is drawn.</param>
/// <param name="complete">The words that may stand at the end of a text.</param>
internal sealed class LineEditor(Terminal terminal, Func<string, Completions> complete)
{
    private readonly bool isInteractive = terminal.IsInteractive && !Console.IsInputRedirected;
    private readonly List<string> history = [];
    private readonly StringBuilder line = new();
    private string prompt = "";
    private int cursor;
    private int recalled;
    private string draft = "";

    /// <summary>Reads a line.</summary>
    /// <returns>Null at the end of the input.</returns>
    public string? Read(string text)
    {
        if (!isInteractive)
        {
            return Console.In.ReadLine();
        }

        prompt = text;
        line.Clear();
        cursor = 0;
        recalled = history.Count;
        draft = "";
        Console.TreatControlCAsInput = true;
        try
        {
            return ReadKeys();
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }

    private string? ReadKeys()
    {
        while (true)
        {
            Draw();
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            bool control = (key.Modifiers & ConsoleModifiers.Control) != 0;
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    return Accept();
                case ConsoleKey.D when control && line.Length == 0:
                    terminal.WriteLine();
                    terminal.Flush();
                    return null;
                case ConsoleKey.C when control:
                    terminal.WriteLine("^C");
                    Replace("");
                    break;
                case ConsoleKey.Tab:
                    Complete();
                    break;
                default:
                    Edit(key, control);
                    break;
            }
        }
    }

    private string Accept()
    {
        cursor = line.Length;
        Draw();
        terminal.WriteLine();
        terminal.Flush();
        string read = line.ToString();
        if (read.Trim().Length > 0 && (history.Count == 0 || history[^1] != read))
        {
            history.Add(read);
        }

        return read;
    }

    private void Edit(ConsoleKeyInfo key, bool control)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow or ConsoleKey.B when key.Key == ConsoleKey.LeftArrow || control:
                cursor = Math.Max(0, cursor - 1);
                break;
            case ConsoleKey.RightArrow or ConsoleKey.F when key.Key == ConsoleKey.RightArrow || control:
                cursor = Math.Min(line.Length, cursor + 1);
                break;
            case ConsoleKey.Home or ConsoleKey.A when key.Key == ConsoleKey.Home || control:
                cursor = 0;
                break;
            case ConsoleKey.End or ConsoleKey.E when key.Key == ConsoleKey.End || control:
                cursor = line.Length;
                break;
            case ConsoleKey.UpArrow or ConsoleKey.P when key.Key == ConsoleKey.UpArrow || control:
                Recall(-1);
                break;
            case ConsoleKey.DownArrow or ConsoleKey.N when key.Key == ConsoleKey.DownArrow || control:
                Recall(1);
                break;
            case ConsoleKey.Backspace when cursor > 0:
                cursor--;
                line.Remove(cursor, 1);
                break;
            case ConsoleKey.Delete or ConsoleKey.D
                when cursor < line.Length && (key.Key == ConsoleKey.Delete || control):
                line.Remove(cursor, 1);
                break;
            case ConsoleKey.U when control:
                line.Remove(0, cursor);
                cursor = 0;
                break;
            case ConsoleKey.K when control:
                line.Remove(cursor, line.Length - cursor);
                break;
            case ConsoleKey.W when control:
                int start = StartOfWord();
                line.Remove(start, cursor - start);
                cursor = start;
                break;
            default:
                if (!char.IsControl(key.KeyChar))
                {
                    line.Insert(cursor, key.KeyChar);
                    cursor++;
                }

                break;
        }
    }

    private int StartOfWord()
    {
        int start = cursor;
        while (start > 0 && line[start - 1] == ' ')
        {
            start--;
        }

        while (start > 0 && line[start - 1] != ' ')
        {
            start--;
        }

        return start;
    }

    private void Recall(int step)
    {
        int wanted = recalled + step;
        if (wanted < 0 || wanted > history.Count)
        {
            return;
        }

        if (recalled == history.Count)
        {
            draft = line.ToString();
        }

        recalled = wanted;
        Replace(wanted == history.Count ? draft : history[wanted]);
    }

    private void Replace(string text)
    {
        line.Clear().Append(text);
        cursor = text.Length;
    }

    private void Complete()
    {
        Completions found = complete(line.ToString(0, cursor));
        string added = found.Common();
        line.Insert(cursor, added);
        cursor += added.Length;
        if (found.Words.Count == 1)
        {
            line.Insert(cursor, found.Ends ? " " : "");
            cursor += found.Ends ? 1 : 0;
        }
        else if (found.Words.Count > 1 && added.Length == 0)
        {
            Draw();
            terminal.WriteLine();
            foreach (string shown in Abi.WordWrap.Lines(string.Join(' ', found.Words), Console.WindowWidth - 1))
            {
                terminal.WriteLine(shown, Scenarios.TextRole.Comment);
            }
        }
    }

    private void Draw()
    {
        int width = Math.Max(20, Console.WindowWidth) - prompt.Length - 1;
        int from = Math.Max(0, cursor - width + 1);
        string shown = line.ToString(from, Math.Min(width, line.Length - from));
        terminal.Write(Scenarios.TextRole.Plain, "\r");
        terminal.Write(Scenarios.TextRole.Comment, prompt);
        terminal.Write(Scenarios.TextRole.Plain, shown);
        terminal.Ansi.EraseInLine(0);
        int back = shown.Length - (cursor - from);
        if (back > 0)
        {
            terminal.Ansi.CursorLeft(back);
        }

        terminal.Flush();
    }
}
