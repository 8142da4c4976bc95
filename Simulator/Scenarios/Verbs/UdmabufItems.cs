using System.Globalization;
using DmaBufSim.Abi;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>How scenarios write the list of a udmabuf: <c>u:0:8192,w:4096:4096</c>, or <c>none</c>.</summary>
internal static class UdmabufItems
{
    /// <summary>How it is written, for diagnostics.</summary>
    public const string Shape = "NAME:OFFSET:SIZE, joined by commas without spaces, or none";

    private const string Empty = "none";

    /// <summary>The stretches of a text, where each is written right.</summary>
    /// <param name="text">The text.</param>
    /// <param name="items">The name and the numbers of each.</param>
    /// <param name="bad">Where the first lies that is written wrong.</param>
    public static bool TryParse(string text, out List<(string Name, long Offset, long Size)> items, out Range bad)
    {
        items = [];
        bad = default;
        if (text == Empty)
        {
            return true;
        }

        foreach (Range range in text.AsSpan().Split(','))
        {
            string[] parts = text[range].Split(':');
            if (parts.Length != 3
                || parts[0].Length == 0
                || !NumberText.TryParse(parts[1], out long offset)
                || !NumberText.TryParse(parts[2], out long size))
            {
                bad = range;
                return false;
            }

            items.Add((parts[0], offset, size));
        }

        return true;
    }

    /// <summary>The text of stretches.</summary>
    public static string Format(IEnumerable<(string Name, long Offset, long Size)> items)
    {
        IEnumerable<string> words = items.Select(item =>
            string.Create(CultureInfo.InvariantCulture, $"{item.Name}:{item.Offset}:{item.Size}"));
        string text = string.Join(',', words);
        return text.Length == 0 ? Empty : text;
    }

    /// <summary>The stretches as the kernel gets them.</summary>
    public static UdmabufItem[] Resolve(string text, NameTable names)
    {
        if (!TryParse(text, out List<(string Name, long Offset, long Size)> items, out _))
        {
            throw new ArgumentException($"'{text}' is no list of stretches", nameof(text));
        }

        return
        [
            .. items.Select(item => new UdmabufItem(
                names.Descriptor(item.Name), unchecked((ulong)item.Offset), unchecked((ulong)item.Size))),
        ];
    }
}
