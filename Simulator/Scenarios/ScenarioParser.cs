using System.Buffers;
using System.Text;
using System.Text.Unicode;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios.Reading;

namespace DmaBufSim.Scenarios;

/// <summary>Reads scenario files.</summary>
/// <remarks>
/// <para>Whatever the text is, the answer is a scenario or diagnostics, and never an exception. All mistakes of a file
/// are found in one go, and nothing of a mistaken file is run.</para>
/// <para><b>Cost:</b> linear in the text.</para>
/// </remarks>
public static class ScenarioParser
{
    private const int LongestFile = 256 << 20;

    /// <summary>Reads a scenario.</summary>
    /// <param name="file">What messages call it.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="vocabulary">The kinds of parts that it may name; the built-in ones where left out.</param>
    public static ParsedScenario Parse(string file, ReadOnlySpan<byte> utf8, Vocabulary? vocabulary = null)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        ReadOnlySpan<byte> bytes = utf8.StartsWith(mark) ? utf8[mark.Length..] : utf8;
        string text = Encoding.UTF8.GetString(bytes);
        return Read(file, text, vocabulary, Utf8.IsValid(bytes) ? [] : FindBadBytes(bytes));
    }

    /// <summary>Reads a scenario.</summary>
    /// <param name="file">What messages call it.</param>
    /// <param name="text">Its text.</param>
    /// <param name="vocabulary">The kinds of parts that it may name; the built-in ones where left out.</param>
    public static ParsedScenario Parse(string file, string text, Vocabulary? vocabulary = null) =>
        Read(file, text, vocabulary, []);

    /// <summary>Reads a scenario from a file. A file that cannot be read is a diagnostic too.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabulary">The kinds of parts that it may name; the built-in ones where left out.</param>
    public static ParsedScenario ParseFile(string path, Vocabulary? vocabulary = null)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            using MemoryStream bytes = new();
            byte[] piece = new byte[1 << 16];
            for (int read = stream.Read(piece); read > 0; read = stream.Read(piece))
            {
                // A device file has no end and tells no length.
                if (bytes.Length + read > LongestFile)
                {
                    return Unreadable(path, "the file has more than 256 MiB");
                }

                bytes.Write(piece, 0, read);
            }

            return Parse(path, bytes.GetBuffer().AsSpan(0, (int)bytes.Length), vocabulary);
        }
        catch (Exception exception) when (UnreadableFile.IsTold(exception))
        {
            return Unreadable(path, UnreadableFile.Why(path, exception));
        }
    }

    /// <summary>Reads a single step, for a prompt.</summary>
    /// <param name="line">The line.</param>
    /// <param name="machine">The machine that the step is for; only its heaps and devices can be named.</param>
    /// <param name="file">What messages call the prompt.</param>
    /// <param name="number">The number of the line.</param>
    public static ParsedStep ParseStep(
        string line, MachineDescription machine, string file = "input", int number = 1) =>
        new ScenarioReader(file, line, Vocabulary.BuiltIn).ReadStep(number, machine);

    private static ParsedScenario Read(
        string file, string text, Vocabulary? vocabulary, IEnumerable<Place> badBytes) =>
        new ScenarioReader(file, text, vocabulary ?? Vocabulary.BuiltIn).Read(badBytes);

    private static ParsedScenario Unreadable(string path, string why) =>
        new(null, [new Diagnostic(path, 0, 0, why, "")]);

    // One place a line is enough to find the others.
    private static List<Place> FindBadBytes(ReadOnlySpan<byte> bytes)
    {
        List<Place> places = [];
        int line = 1;
        int lineStart = 0;
        int at = 0;
        while (!bytes.IsEmpty)
        {
            bool good = Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == OperationStatus.Done;
            if (!good && (places.Count == 0 || places[^1].Line != line))
            {
                places.Add(new Place(line, lineStart, at - lineStart + 1));
            }

            at += rune.Utf16SequenceLength;
            bytes = bytes[consumed..];
            if (good && rune.Value == '\n')
            {
                line++;
                lineStart = at;
            }
        }

        return places;
    }
}
