using System.Text;

namespace DmaBufSim.FieldLogs;

/// <summary>Takes a text of any size line by line; of a line that is too long nothing is kept.</summary>
/// <param name="text">The text.</param>
/// <param name="longest">The most characters of a line.</param>
internal sealed class LongLines(TextReader text, int longest)
{
    private readonly char[] block = new char[1 << 14];
    private readonly StringBuilder line = new();
    private int at;
    private int end;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether that line was too long.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether that line has its end; the last one of a text that was cut has none.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The next line without its end, empty where it is too long; null after the last one.</summary>
    public string? Next()
    {
        line.Clear();
        IsTooLong = false;
        bool isEmpty = true;
        while (at < end || Fill())
        {
            ReadOnlySpan<char> rest = block.AsSpan(at, end - at);
            int length = rest.IndexOf('\n');
            isEmpty = false;
            Keep(length < 0 ? rest : rest[..length]);
            at = length < 0 ? end : at + length + 1;
            IsEnded = length >= 0;
            if (length >= 0)
            {
                return Finish();
            }
        }

        return isEmpty ? null : Finish();
    }

    private bool Fill()
    {
        at = 0;
        end = text.Read(block, 0, block.Length);
        return end > 0;
    }

    private void Keep(ReadOnlySpan<char> piece)
    {
        IsTooLong |= line.Length + piece.Length > longest;
        if (!IsTooLong)
        {
            line.Append(piece);
        }
    }

    private string Finish()
    {
        Number++;
        if (IsTooLong)
        {
            return "";
        }

        int length = line.Length;
        return line.ToString(0, length > 0 && line[length - 1] == '\r' ? length - 1 : length);
    }
}
