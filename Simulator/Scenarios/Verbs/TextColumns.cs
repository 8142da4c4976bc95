using System.Collections.Immutable;
using System.Text;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Rows of words, set in columns of plain text that any scenario can expect word for word.</summary>
internal sealed class TextColumns
{
    private const int Gap = 2;

    private readonly List<string[]> rows = [];

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells) => rows.Add(cells);

    /// <summary>The rows as lines.</summary>
    public ImmutableArray<string> ToLines()
    {
        int[] widths = new int[rows.Count == 0 ? 0 : rows.Max(row => row.Length)];
        foreach (string[] row in rows)
        {
            // A row of one cell may reach over all columns.
            for (int i = 0; row.Length > 1 && i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length + Gap);
            }
        }

        return [.. rows.Select(row => Line(row, widths))];
    }

    private static string Line(string[] row, int[] widths)
    {
        StringBuilder line = new();
        for (int i = 0; i < row.Length; i++)
        {
            line.Append(row[i]).Append(' ', Math.Max(0, widths[i] - row[i].Length));
        }

        return line.ToString().TrimEnd();
    }
}
