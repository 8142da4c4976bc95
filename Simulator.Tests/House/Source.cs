using System.Text;

namespace DmaBufSim.Tests.House;

/// <summary>A source file of the repository.</summary>
/// <param name="Path">From the root of the repository on, with slashes.</param>
/// <param name="Text">Its text.</param>
internal sealed record Source(string Path, string Text)
{
    /// <summary>Its lines.</summary>
    public string[] Lines { get; } = Text.Split('\n');

    /// <summary>Its text without comments and without what stands in plain string literals.</summary>
    public string Code { get; } = Strip(Text);

    /// <summary>The folder below Simulator that it lies in, or null.</summary>
    public string? Room => Path.Split('/') is ["Simulator", var room, _, ..] ? room : null;

    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files below a folder of the repository, in order.</summary>
    public static IReadOnlyList<Source> Below(string folder) =>
    [
        .. Directory.EnumerateFiles(System.IO.Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/") && !path.Contains("/bin/"))
            .Order(StringComparer.Ordinal)
            .Select(path => new Source(path, File.ReadAllText(System.IO.Path.Combine(Root, path)))),
    ];

    private static string FindRoot()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(System.IO.Path.Combine(at.FullName, "Simulator.sln")))
        {
            at = at.Parent;
        }

        return at?.FullName ?? throw new InvalidOperationException("the tests run outside the repository");
    }

    private static string Strip(string text)
    {
        StringBuilder code = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int end = text[at] switch
            {
                '/' when Starts(text, at, "//") => EndOf(text, at, "\n") - 1,
                '/' when Starts(text, at, "/*") => EndOf(text, at + 2, "*/"),
                '\'' => EndOfQuoted(text, at),
                '"' when Starts(text, at, "\"\"\"") => EndOf(text, at + 3, "\"\"\""),
                '"' when at > 0 && text[at - 1] == '@' => EndOf(text, at + 1, "\""),
                '"' when at == 0 || text[at - 1] != '$' => EndOfQuoted(text, at),
                _ => at,
            };
            code.Append(text[at] == '"' && end > at ? "\"\"" : end > at ? "" : text[at]);
            at = Math.Max(end, at + 1);
        }

        return code.ToString();
    }

    private static bool Starts(string text, int at, string mark) =>
        string.CompareOrdinal(text, at, mark, 0, mark.Length) == 0;

    private static int EndOf(string text, int from, string mark)
    {
        int found = text.IndexOf(mark, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + mark.Length;
    }

    private static int EndOfQuoted(string text, int at)
    {
        int end = at + 1;
        while (end < text.Length && text[end] != text[at] && text[end] != '\n')
        {
            end += text[end] == '\\' ? 2 : 1;
        }

        return Math.Min(end + 1, text.Length);
    }
}
