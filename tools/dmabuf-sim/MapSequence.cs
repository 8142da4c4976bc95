using System.Globalization;
using System.Text;
using DmaBufSim.Engine;
using DmaBufSim.Machines;
using DmaBufSim.Pictures;
using static System.FormattableString;

namespace DmaBufSim.Cli;

/// <summary>When a map of a sequence is drawn.</summary>
/// <param name="Steps">After so many steps; 0 for a time.</param>
/// <param name="Nanoseconds">At each multiple of so much simulated time since boot; 0 for steps.</param>
/// <param name="Text">How it was written.</param>
internal sealed record Interval(int Steps, long Nanoseconds, string Text)
{
    /// <summary>The interval of a text, or null.</summary>
    public static Interval? Parse(string text) =>
        TimeText.TryParse(text, out long time) && time > 0 ? new Interval(0, time, text)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int steps) && steps > 0
            ? new Interval(steps, 0, text)
        : null;
}

/// <summary>Writes numbered maps, and a page to step through them.</summary>
/// <param name="output">
/// A folder, or a name in one, as <c>maps/map.svg</c>, that gets the numbers. The folder is made if it is not there.
/// </param>
internal sealed class MapSequence(string output)
{
    private const int Most = 1000;

    private readonly List<SequencePicture> pictures = [];
    private readonly bool isFolder = Directory.Exists(output) || Path.GetExtension(output).Length == 0;
    private PageMap? last;

    /// <summary>How many maps were written.</summary>
    public int Count => pictures.Count;

    /// <summary>Looks whether there is a place for them.</summary>
    /// <exception cref="CannotWriteException">There is none.</exception>
    public void Check()
    {
        if (!isFolder)
        {
            PictureFile.CheckName(output);
        }

        if (Folder.Length > 0 && !Directory.Exists(Folder))
        {
            PictureFile.CheckFolder(output, Path.TrimEndingDirectorySeparator(Folder));
        }
    }

    /// <summary>Refuses an interval of which nobody would look at all pictures.</summary>
    /// <param name="every">The interval.</param>
    /// <param name="whole">How many steps, or nanoseconds, there are.</param>
    /// <exception cref="CannotWriteException">There are too many.</exception>
    public static void CheckCount(Interval every, long whole)
    {
        bool isTime = every.Nanoseconds > 0;
        long maps = (whole / (isTime ? every.Nanoseconds : every.Steps)) + 2;
        if (maps > Most)
        {
            long enough = RoundUp((whole / (Most - 2)) + 1);
            string word = isTime ? TimeText.Of(enough) : Invariant($"{enough}");
            throw new CannotWriteException(
                Invariant($"--every {every.Text}: {maps:N0} maps are too many, at most {Most:N0} are drawn; ")
                + $"with --every {word} they are few enough");
        }
    }

    /// <summary>Whether the pages look as on the last map.</summary>
    public bool IsLikeLast(PageMap map) => last is not null && map.Runs.AsSpan().SequenceEqual(last.Runs.AsSpan());

    /// <summary>Writes the next map.</summary>
    public void Add(PageMap map, string caption)
    {
        string stem = isFolder ? "map" : Path.GetFileNameWithoutExtension(output);
        string ending = isFolder ? ".png" : Path.GetExtension(output);
        if (last is null)
        {
            MakeFolder();
        }

        string name = Invariant($"{stem}-{pictures.Count + 1:0000}{ending}");
        PictureFile.Write(Path.Combine(Folder, name), PageMapPicture.Draw(map, caption));
        pictures.Add(new SequencePicture(name, caption));
        last = map;
    }

    /// <summary>Writes the page.</summary>
    /// <returns>Its path.</returns>
    public string Finish(string title)
    {
        string index = Path.Combine(Folder, "index.html");
        PictureFile.Write(index, Encoding.UTF8.GetBytes(SequencePage.Write(title, pictures)));
        return index;
    }

    private string Folder => isFolder ? output : Path.GetDirectoryName(output) ?? "";

    private void MakeFolder()
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(".", Folder));
        }
        catch (Exception exception) when (CannotWriteException.IsOfFile(exception))
        {
            throw new CannotWriteException($"{Folder}: the folder cannot be made: {exception.Message}");
        }
    }

    // To 1, 2 or 5 with zeros behind.
    private static long RoundUp(long number)
    {
        long power = 1;
        while (number / power >= 10)
        {
            power *= 10;
        }

        return new long[] { 1, 2, 5, 10 }.Select(times => times * power).First(round => round >= number);
    }
}
