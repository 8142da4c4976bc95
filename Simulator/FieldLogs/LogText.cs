using DmaBufSim.Abi;
using static System.FormattableString;

namespace DmaBufSim.FieldLogs;

/// <summary>How explanations of logs put numbers and lines.</summary>
internal static class LogText
{
    private const int Width = 80;

    /// <summary>Lines no longer than a terminal is wide; what is indented stays so.</summary>
    public static IEnumerable<string> Wrap(IEnumerable<string> sentences) =>
        sentences.SelectMany(sentence => WordWrap.Indented(sentence, Width));

    /// <summary>The name of the area before a failure, as in <c>cma: cma_alloc: NAME:</c>; or null.</summary>
    public static string? AreaIn(ReadOnlySpan<char> before)
    {
        const string Function = "cma_alloc";
        int function = before.IndexOf(Function, StringComparison.Ordinal);
        ReadOnlySpan<char> rest = function < 0 ? "" : before[(function + Function.Length)..];
        int colon = rest.IndexOf(':');
        ReadOnlySpan<char> name = colon < 0 ? "" : rest[(colon + 1)..].Trim().TrimEnd(':');
        return name.IsEmpty ? null : name.ToString();
    }

    /// <summary>The name of an errno in brackets, where it is one that areas give.</summary>
    public static string ErrnoName(long ret) => ret switch
    {
        -4 => " (EINTR)",
        -12 => " (ENOMEM)",
        -16 => " (EBUSY)",
        -22 => " (EINVAL)",
        _ => "",
    };

    /// <summary>Pages as bytes.</summary>
    public static string Bytes(long pages) => ByteText.Of(pages << 12);

    /// <summary>Pages as bytes and as pages.</summary>
    public static string Size(long pages) => pages == 0 ? Pages(0) : $"{Bytes(pages)}, {Pages(pages)}";

    /// <summary>A number of pages that are something.</summary>
    public static string PagesAre(long pages) => Pages(pages) + (pages == 1 ? " is" : " are");

    /// <summary>The numbers of lines.</summary>
    public static string Lines(long first, long last) =>
        first == last ? Invariant($"line {first}") : Invariant($"lines {first} to {last}");

    /// <summary>What stands before a number that may be larger.</summary>
    public static string AtLeast(bool isLeast) => isLeast ? "at least " : "";

    /// <summary>A number of pages.</summary>
    public static string Pages(long pages) => Count(pages, "page");

    /// <summary>A number of things.</summary>
    public static string Count(long number, string what) =>
        Invariant($"{number} {what}{(number == 1 ? "" : "s")}");

    /// <summary>Where a run of an alignment may begin.</summary>
    public static string Place(int alignOrder) =>
        alignOrder == 0 ? "from any page" : $"from a multiple of {Pages(1L << alignOrder)}";
}
